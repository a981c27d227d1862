/* The architecture features, one row each in core/feature.def; ID registers, --cpu options and gating derive from it. */
#ifndef SVEMU_CORE_FEATURE_H
#define SVEMU_CORE_FEATURE_H

enum feature {
#define FEATURE(NAME, ...) NAME,
#include "core/feature.def"
    FEAT_COUNT
};

#endif
