// Properties of MQTT 5.0 between Paho C and the words of agent.py: "+name=value,name=value", numbers decimal, text in hexadecimal.
#pragma once

#include <MQTTProperties.h>

#include "agent_words.h"

typedef struct {
    const char* name;
    enum MQTTPropertyCodes code;
} property_word;

static const property_word property_words[] = {
    {"expiry", MQTTPROPERTY_CODE_MESSAGE_EXPIRY_INTERVAL}, {"format", MQTTPROPERTY_CODE_PAYLOAD_FORMAT_INDICATOR},
    {"type", MQTTPROPERTY_CODE_CONTENT_TYPE},              {"response", MQTTPROPERTY_CODE_RESPONSE_TOPIC},
    {"correlation", MQTTPROPERTY_CODE_CORRELATION_DATA},   {"user", MQTTPROPERTY_CODE_USER_PROPERTY},
    {"id", MQTTPROPERTY_CODE_SUBSCRIPTION_IDENTIFIER},     {"receive-maximum", MQTTPROPERTY_CODE_RECEIVE_MAXIMUM},
    {"alias", MQTTPROPERTY_CODE_TOPIC_ALIAS},
};
enum { property_word_count = sizeof property_words / sizeof property_words[0] };

static void add_number(MQTTProperties* to, enum MQTTPropertyCodes code, unsigned value) {
    MQTTProperty one = {0};
    one.identifier = code;
    switch (MQTTProperty_getType(code)) {
        case MQTTPROPERTY_TYPE_BYTE: one.value.byte = (unsigned char)value; break;
        case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER: one.value.integer2 = (unsigned short)value; break;
        default: one.value.integer4 = value;
    }
    MQTTProperties_add(to, &one);
}

static void add_text(MQTTProperties* to, enum MQTTPropertyCodes code, char* words) {
    char* second = strchr(words, ':');
    if (second != NULL) *second++ = 0;
    const bytes first = from_hex(words);
    const bytes value = from_hex(second == NULL ? "-" : second);
    MQTTProperty one = {0};
    one.identifier = code;
    one.value.data = (MQTTLenString){(int)first.length, first.data};
    if (second != NULL) one.value.value = (MQTTLenString){(int)value.length, value.data};
    MQTTProperties_add(to, &one);
    free(first.data);
    free(value.data);
}

/// Adds what `word` says that Paho calls a property. `word` may be NULL.
static void add_properties(MQTTProperties* to, const char* word) {
    if (word == NULL || word[0] != '+') return;
    char* copy = strdup(word + 1);
    char* state = NULL;
    for (char* pair = strtok_r(copy, ",", &state); pair != NULL; pair = strtok_r(NULL, ",", &state)) {
        char* value = strchr(pair, '=');
        *value++ = 0;
        for (int i = 0; i < property_word_count; ++i) {
            if (strcmp(pair, property_words[i].name) != 0) continue;
            const int type = MQTTProperty_getType(property_words[i].code);
            if (type < MQTTPROPERTY_TYPE_BINARY_DATA) {
                add_number(to, property_words[i].code, (unsigned)strtoul(value, NULL, 10));
            } else {
                add_text(to, property_words[i].code, value);
            }
        }
    }
    free(copy);
}

/// The number that `word` gives for `name`; -1 when it gives none.
static long number_in(const char* word, const char* name) {
    if (word == NULL || word[0] != '+') return -1;
    const size_t length = strlen(name);
    for (const char* at = word; at != NULL; at = strchr(at, ',')) {
        ++at;
        if (strncmp(at, name, length) == 0 && at[length] == '=') return strtol(at + length + 1, NULL, 10);
    }
    return -1;
}

/// Between begin_message() and end_message().
static void put_properties(const MQTTProperties* from) {
    fputs(" +", stdout);
    int written = 0;
    for (int i = 0; i < from->count; ++i) {
        const MQTTProperty* one = &from->array[i];
        for (int w = 0; w < property_word_count; ++w) {
            if (property_words[w].code != one->identifier || one->identifier == MQTTPROPERTY_CODE_TOPIC_ALIAS) continue;
            printf("%s%s=", written++ == 0 ? "" : ",", property_words[w].name);
            switch (MQTTProperty_getType(one->identifier)) {
                case MQTTPROPERTY_TYPE_BYTE: printf("%d", one->value.byte); break;
                case MQTTPROPERTY_TYPE_TWO_BYTE_INTEGER: printf("%d", one->value.integer2); break;
                case MQTTPROPERTY_TYPE_FOUR_BYTE_INTEGER:
                case MQTTPROPERTY_TYPE_VARIABLE_BYTE_INTEGER: printf("%u", one->value.integer4); break;
                default:
                    put_hex(one->value.data.data, (size_t)one->value.data.len);
                    if (one->identifier == MQTTPROPERTY_CODE_USER_PROPERTY) {
                        putchar(':');
                        put_hex(one->value.value.data, (size_t)one->value.value.len);
                    }
            }
        }
    }
}
