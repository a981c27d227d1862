/* Decode-time work of rows (.prepare): fills op->imm once, so that execution need not derive it from the fields. */
#ifndef SVEMU_ISA_PREPARE_H
#define SVEMU_ISA_PREPARE_H

#include "isa/isa.h"

#endif
