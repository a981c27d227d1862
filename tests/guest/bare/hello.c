// The smallest program: where it runs, over the UART.
#include "bare.h"

const char bare_name[] = "hello";

void bare_main(void)
{
    print("hello: EL");
    print_number(current_el());
    print(", MPIDR ");
    print_hex(READ(mpidr_el1));
    print(", counter at ");
    print_number(READ(cntfrq_el0));
    print(" Hz\n");
    check("the exception level", current_el() == 1 || current_el() == 2);
}
