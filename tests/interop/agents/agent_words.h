// What the C agents share: reading commands and writing answers, one line each. See agent.py for the words.
#pragma once

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { words_max = 8 };

typedef struct {
    char* data;  // ends with 0, which is not counted; to be freed
    size_t length;
} bytes;

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

__attribute__((format(printf, 1, 2))) static void say(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&output);
    vprintf(format, arguments);
    putchar('\n');
    fflush(stdout);
    pthread_mutex_unlock(&output);
    va_end(arguments);
}

static void put_hex(const void* data, size_t length) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char* at = data;
    if (length == 0) putchar('-');
    for (size_t i = 0; i < length; ++i) {
        putchar(digits[at[i] >> 4]);
        putchar(digits[at[i] & 15]);
    }
}

/// Everything of a message but the end of its line; the output stays locked until end_message().
static void begin_message(const char* topic, size_t topic_length, int qos, int retained, const void* payload, size_t payload_length) {
    pthread_mutex_lock(&output);
    fputs("message ", stdout);
    put_hex(topic, topic_length);
    printf(" %d %d ", qos, retained ? 1 : 0);
    put_hex(payload, payload_length);
}

static void end_message(void) {
    putchar('\n');
    fflush(stdout);
    pthread_mutex_unlock(&output);
}

static bytes from_hex(const char* word) {
    const size_t length = word[0] == '-' ? 0 : strlen(word) / 2;
    bytes out = {malloc(length + 1), length};
    for (size_t i = 0; i < length; ++i) {
        const char pair[3] = {word[2 * i], word[2 * i + 1], 0};
        out.data[i] = (char)strtol(pair, NULL, 16);
    }
    out.data[length] = 0;
    return out;
}

/// Reads standard input to its end; obey() answers each line.
static void for_each_command(void (*obey)(char* command, char** words, int count)) {
    char* line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char* words[words_max] = {0};
        int count = 0;
        char* state = NULL;
        char* command = strtok_r(line, " \n", &state);
        if (command == NULL) continue;
        for (char* word = strtok_r(NULL, " \n", &state); word != NULL && count < words_max; word = strtok_r(NULL, " \n", &state)) words[count++] = word;
        obey(command, words, count);
    }
    free(line);
}
