/* argv -> a headless command or the console. */
#include <stdio.h>

int main(void)
{
    fputs("cutover\n", stdout);
    return 0;
}
