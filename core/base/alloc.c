#include "core/base/alloc.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*exhausted_handler)(void);

void mem_on_exhausted(void (*handler)(void))
{
    exhausted_handler = handler;
}

static _Noreturn void exhausted(void)
{
    if (exhausted_handler)
        exhausted_handler();
    abort();
}

void *mem_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        exhausted();
    return memory;
}

void *mem_alloc_array(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        exhausted();
    return mem_alloc(count * size);
}

void *mem_resize_array(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        exhausted();
    size_t bytes = count * size;
    void *memory = realloc(old, bytes ? bytes : 1);
    if (!memory)
        exhausted();
    return memory;
}

void *mem_grow(void *items, size_t count, size_t *capacity, size_t item_size)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    if (wanted < *capacity)
        exhausted();
    items = mem_resize_array(items, wanted, item_size);
    *capacity = wanted;
    return items;
}

char *str_dup(const char *text)
{
    return text ? str_dup_n(text, strlen(text)) : NULL;
}

char *str_dup_n(const char *text, size_t len)
{
    char *copy = mem_alloc(len + 1);
    memcpy(copy, text, len);
    return copy;
}

char *str_format(const char *format, ...)
{
    va_list args;
    va_list again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        exhausted();
    char *text = mem_alloc((size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return text;
}

void str_replace(char **slot, const char *text)
{
    char *copy = str_dup(text);
    free(*slot);
    *slot = copy;
}

void str_free_secret(char *secret)
{
    if (!secret)
        return;
    explicit_bzero(secret, strlen(secret));
    free(secret);
}
