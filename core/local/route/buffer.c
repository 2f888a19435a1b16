#include "core/local/route/buffer.h"

#include "core/base/alloc.h"

#include <stdlib.h>
#include <string.h>

void buffer_release(struct buffer *buffer)
{
    free(buffer->memory);
    memset(buffer, 0, sizeof *buffer);
}

char *buffer_reserve(struct buffer *buffer, size_t len)
{
    size_t used = buffer_len(buffer);
    if (len <= buffer->capacity - buffer->end && buffer->memory)
        return buffer->memory + buffer->end;
    if (buffer->memory && len <= buffer->capacity - used && used <= buffer->start) {
        /* Half or more of the memory lies idle at the front: moving is cheaper than growing. */
        memmove(buffer->memory, buffer->memory + buffer->start, used);
    } else {
        size_t capacity = buffer->capacity ? buffer->capacity : 2048;
        while (capacity - used < len)
            capacity *= 2;
        char *memory = mem_resize_array(NULL, capacity, 1);
        if (used && buffer->memory)
            memcpy(memory, buffer->memory + buffer->start, used);
        free(buffer->memory);
        buffer->memory = memory;
        buffer->capacity = capacity;
    }
    buffer->start = 0;
    buffer->end = used;
    return buffer->memory + buffer->end;
}

void buffer_commit(struct buffer *buffer, size_t len)
{
    buffer->end += len;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    if (!len)
        return;
    memcpy(buffer_reserve(buffer, len), bytes, len);
    buffer->end += len;
}

void buffer_take(struct buffer *buffer, size_t len)
{
    size_t used = buffer_len(buffer);
    buffer->start += len < used ? len : used;
    if (buffer->start == buffer->end)
        buffer->start = buffer->end = 0;
}

void buffer_remove(struct buffer *buffer, size_t at, size_t len)
{
    if (!len)
        return;
    char *from = buffer->memory + buffer->start + at;
    memmove(from, from + len, buffer_len(buffer) - at - len);
    buffer->end -= len;
}

void buffer_clear(struct buffer *buffer, size_t keep)
{
    buffer->start = buffer->end = 0;
    if (buffer->capacity > keep)
        buffer_release(buffer);
}
