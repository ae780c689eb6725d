// Agent around Paho C's asynchronous interface, MQTTAsync: every operation is started, then its callback is awaited.
#include <MQTTAsync.h>
#include <semaphore.h>
#include <time.h>

#include "agent_words.h"

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
    say_message(topic, topic_length > 0 ? (size_t)topic_length : strlen(topic), message->qos, message->retained, message->payload, (size_t)message->payloadlen);
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

static void connect_to(char** words, int count) {
    const int clean = words[1][0] == '1';
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
        MQTTProperty expiry;
        expiry.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL;
        expiry.value.integer4 = clean ? 0 : session_expiry_s;
        MQTTProperties_add(&properties, &expiry);
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
    const int code = await(MQTTAsync_subscribe(client, filter.data, atoi(words[1]), &options));
    if (code == 0) {
        say("subscribed %d", detail);
    } else {
        say("error SUBSCRIBE %d", code);
    }
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
    answer(await(MQTTAsync_send(client, topic.data, (int)payload.length, payload.data, atoi(words[1]), atoi(words[2]), &options)), "published");
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
