// Numbers that assembly and C share.
#define STACK_SIZE     16384
#define EXCEPTION_SIZE 320 // of struct exception, to a multiple of 16 bytes
#define RETURN_CALL    0x7ff
// Offsets in struct cpu.
#define CPU_HOME_SP 0
#define CPU_EL1_SP  8
#define CPU_EL0_SP  16
