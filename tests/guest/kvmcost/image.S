/* The guest's program inside of user space's, and the uses of vector registers for the latter. */
    .arch armv8.2-a+sve
#include "use.inc"

    .section .rodata
    .balign 4096
    .global payload, payload_end
payload:
    .incbin "kvmcost-payload.bin"
payload_end:

    .section .note.GNU-stack, "", %progbits
