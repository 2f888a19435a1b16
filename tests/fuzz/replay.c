/* A main() for fuzz targets without libFuzzer: runs each file named through the target. */
#include "core/base/file.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAY_MAX_BYTES = 8 << 20 };

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct error error;
        size_t len;
        char *text = file_read(argv[i], REPLAY_MAX_BYTES, &len, &error);
        if (!text) {
            fprintf(stderr, "%s\n", error.message);
            return 1;
        }
        /* A copy of exact size, so that reading past the end is seen. */
        uint8_t *bytes = malloc(len ? len : 1);
        if (!bytes)
            return 1;
        memcpy(bytes, text, len);
        free(text);
        LLVMFuzzerTestOneInput(bytes, len);
        free(bytes);
        printf("replayed %s\n", argv[i]);
        fflush(stdout);
    }
    return 0;
}
