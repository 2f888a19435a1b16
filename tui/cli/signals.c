#include "tui/cli/signals.h"

#include <signal.h>

static void set(int number, void (*handler)(int number), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void signals_set(int number, void (*handler)(int number))
{
    set(number, handler, 0);
}

void signals_set_once(int number, void (*handler)(int number))
{
    set(number, handler, (int)SA_RESETHAND);
}
