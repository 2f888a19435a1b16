/* Starts tests/unit/core/azure/stub.py for a test program and ends it with the program. */
#ifndef TESTS_UNIT_CORE_AZURE_STUB_H
#define TESTS_UNIT_CORE_AZURE_STUB_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct stub {
    pid_t pid;
    int keep;        /* the stub ends when this is closed, also by our crash */
    char origin[64]; /* "http://127.0.0.1:PORT" */
};

/* False when there is no python3 or no stub.py below the present folder. */
static inline int stub_start(struct stub *stub)
{
    int in[2];
    int out[2];
    char port[16] = "";
    if (pipe(in) || pipe(out))
        return 0;
    stub->pid = fork();
    if (stub->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execlp("python3", "python3", "tests/unit/core/azure/stub.py", (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    stub->keep = in[1];
    size_t len = 0;
    while (len + 1 < sizeof port && read(out[0], port + len, 1) == 1 && port[len] != '\n')
        len++;
    port[len] = '\0';
    close(out[0]);
    snprintf(stub->origin, sizeof stub->origin, "http://127.0.0.1:%s", port);
    return len > 0;
}

static inline void stub_stop(struct stub *stub)
{
    close(stub->keep);
    waitpid(stub->pid, NULL, 0);
}

#endif
