// Agent around Paho C's asynchronous interface, MQTTAsync: every operation is started, then its callback is awaited.
#include <MQTTAsync.h>
#include <semaphore.h>
#include <time.h>

#include "paho_properties.h"

enum { limit_s = 10, session_expiry_s = 300 };

static const char* address;
static int level;
static MQTTAsync client;

// The one operation under way: the callback sets the outcome, then posts.
static sem_t finished;
static int outcome;  // 0, or the library's or the broker's code
static int detail;   // session present, or granted QoS

static void finish(int code, int value) {
    outcome = code;
    detail = value;
    sem_post(&finished);
}

static int await(int started) {
    if (started != MQTTASYNC_SUCCESS) return started;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += limit_s;
    return sem_timedwait(&finished, &until) == 0 ? outcome : -1000;
}

static void connected(void* context, MQTTAsync_successData* data) { (void)context, finish(0, data->alt.connect.sessionPresent); }
static void connected5(void* context, MQTTAsync_successData5* data) { (void)context, finish(0, data->alt.connect.sessionPresent); }
static void subscribed(void* context, MQTTAsync_successData* data) { (void)context, finish(0, data->alt.qos); }
static void subscribed5(void* context, MQTTAsync_successData5* data) { (void)context, finish(0, data->reasonCode); }
static void succeeded(void* context, MQTTAsync_successData* data) { (void)context, (void)data, finish(0, 0); }
static void succeeded5(void* context, MQTTAsync_successData5* data) { (void)context, (void)data, finish(0, 0); }
static void failed(void* context, MQTTAsync_failureData* data) { (void)context, finish(data != NULL && data->code != 0 ? data->code : -1001, 0); }
static void failed5(void* context, MQTTAsync_failureData5* data) { (void)context, finish(data != NULL && data->code != 0 ? data->code : -1001, 0); }

static int on_message(void* context, char* topic, int topic_length, MQTTAsync_message* message) {
    (void)context;
    begin_message(topic, topic_length > 0 ? (size_t)topic_length : strlen(topic), message->qos, message->retained, message->payload, (size_t)message->payloadlen);
    if (level == 5) put_properties(&message->properties);
    end_message();
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static MQTTAsync_responseOptions response_options(MQTTAsync_onSuccess* success, MQTTAsync_onSuccess5* success5) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    if (level == 5) {
        options.onSuccess5 = success5;
        options.onFailure5 = failed5;
    } else {
        options.onSuccess = success;
        options.onFailure = failed;
    }
    return options;
}

static void answer(int code, const char* good) {
    if (code == 0) {
        say("%s", good);
    } else {
        say("error %s %d", good, code);
    }
}

// Aliases that this program uses towards the broker, which Paho leaves to it: the first topics published get one.
enum { aliases_limit = 16 };
static char* aliased[aliases_limit];
static int aliases_max;

/// The alias for the topic, 0 for none; `is_new` when the broker has yet to be told.
static int alias_of(const char* topic, int* is_new) {
    for (int i = 0; i < aliases_max; ++i) {
        *is_new = aliased[i] == NULL;
        if (*is_new) aliased[i] = strdup(topic);
        if (strcmp(aliased[i], topic) == 0) return i + 1;
    }
    return 0;
}

static void connect_to(char** words, int count) {
    const int clean = words[1][0] == '1';
    const char* given = count > 2 && words[count - 1][0] == '+' ? words[--count] : NULL;
    bytes id = from_hex(words[0]);
    MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
    create.MQTTVersion = level == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    if (client != NULL) MQTTAsync_destroy(&client);
    MQTTAsync_createWithOptions(&client, address, id.data, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
    MQTTAsync_setCallbacks(client, NULL, NULL, on_message, NULL);

    MQTTAsync_connectOptions plain = MQTTAsync_connectOptions_initializer;
    MQTTAsync_connectOptions five = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_connectOptions options = level == 5 ? five : plain;
    MQTTProperties properties = MQTTProperties_initializer;
    options.connectTimeout = limit_s;
    if (level == 5) {
        const long expiry_s = number_in(given, "expiry");
        const long receive_maximum = number_in(given, "receive-maximum");
        const long alias_maximum = number_in(given, "alias-maximum");
        add_number(&properties, MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL, (unsigned)(expiry_s >= 0 ? expiry_s : clean ? 0 : session_expiry_s));
        if (receive_maximum > 0) add_number(&properties, MQTTPROPERTY_CODE_RECEIVE_MAXIMUM, (unsigned)receive_maximum);
        if (alias_maximum > 0 && alias_maximum <= aliases_limit) aliases_max = (int)alias_maximum;
        options.connectProperties = &properties;
        options.cleanstart = clean;
        options.onSuccess5 = connected5;
        options.onFailure5 = failed5;
    } else {
        options.cleansession = clean;
        options.MQTTVersion = MQTTVERSION_3_1_1;
        options.onSuccess = connected;
        options.onFailure = failed;
    }
    MQTTAsync_willOptions will = MQTTAsync_willOptions_initializer;
    bytes will_topic = {0};
    bytes will_payload = {0};
    if (count > 2) {
        will_topic = from_hex(words[2]);
        will_payload = from_hex(words[3]);
        will.topicName = will_topic.data;
        will.payload.data = will_payload.data;
        will.payload.len = (int)will_payload.length;
        will.qos = atoi(words[4]);
        will.retained = atoi(words[5]);
        options.will = &will;
    }
    const int code = await(MQTTAsync_connect(client, &options));
    if (code == 0) {
        say("connected %d", detail);
    } else {
        say("error CONNECT %d", code);
    }
    MQTTProperties_free(&properties);
    free(id.data);
    free(will_topic.data);
    free(will_payload.data);
}

static void subscribe_to(char** words) {
    bytes filter = from_hex(words[0]);
    MQTTAsync_responseOptions options = response_options(subscribed, subscribed5);
    options.subscribeOptions.noLocal = number_in(words[2], "no-local") == 1;
    options.subscribeOptions.retainAsPublished = number_in(words[2], "as-published") == 1;
    if (number_in(words[2], "id") > 0) add_properties(&options.properties, words[2]);
    const int code = await(MQTTAsync_subscribe(client, filter.data, atoi(words[1]), &options));
    if (code == 0) {
        say("subscribed %d", detail);
    } else {
        say("error SUBSCRIBE %d", code);
    }
    MQTTProperties_free(&options.properties);
    free(filter.data);
}

static void unsubscribe_from(char** words) {
    bytes filter = from_hex(words[0]);
    MQTTAsync_responseOptions options = response_options(succeeded, succeeded5);
    answer(await(MQTTAsync_unsubscribe(client, filter.data, &options)), "unsubscribed");
    free(filter.data);
}

static void publish_to(char** words) {
    bytes topic = from_hex(words[0]);
    bytes payload = from_hex(words[3]);
    MQTTAsync_responseOptions options = response_options(succeeded, succeeded5);
    MQTTAsync_message message = MQTTAsync_message_initializer;
    message.payload = payload.data;
    message.payloadlen = (int)payload.length;
    message.qos = atoi(words[1]);
    message.retained = atoi(words[2]);
    int is_new = 1;
    if (level == 5) {
        add_properties(&message.properties, words[4]);
        const int alias = alias_of(topic.data, &is_new);
        if (alias != 0) add_number(&message.properties, MQTTPROPERTY_CODE_TOPIC_ALIAS, (unsigned)alias);
        if (alias == 0) is_new = 1;
    }
    answer(await(MQTTAsync_sendMessage(client, is_new ? topic.data : "", &message, &options)), "published");
    MQTTProperties_free(&message.properties);
    free(topic.data);
    free(payload.data);
}

static void disconnect_from(void) {
    MQTTAsync_disconnectOptions plain = MQTTAsync_disconnectOptions_initializer;
    MQTTAsync_disconnectOptions five = MQTTAsync_disconnectOptions_initializer5;
    MQTTAsync_disconnectOptions options = level == 5 ? five : plain;
    options.timeout = 1000;
    if (level == 5) {
        options.onSuccess5 = succeeded5;
        options.onFailure5 = failed5;
    } else {
        options.onSuccess = succeeded;
        options.onFailure = failed;
    }
    answer(await(MQTTAsync_disconnect(client, &options)), "disconnected");
}

static void obey(char* command, char** words, int count) {
    if (strcmp(command, "connect") == 0) {
        connect_to(words, count);
    } else if (strcmp(command, "subscribe") == 0) {
        subscribe_to(words);
    } else if (strcmp(command, "unsubscribe") == 0) {
        unsubscribe_from(words);
    } else if (strcmp(command, "publish") == 0) {
        publish_to(words);
    } else if (strcmp(command, "disconnect") == 0) {
        disconnect_from();
    } else {
        say("error unknown command %s", command);
    }
}

int main(int count, char** arguments) {
    if (count != 3) return 2;
    address = arguments[1];
    level = atoi(arguments[2]);
    sem_init(&finished, 0, 0);
    for_each_command(obey);
    return 0;
}
