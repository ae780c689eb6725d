// Agent around Paho C's synchronous interface, MQTTClient.
#include <MQTTClient.h>

#include "agent_words.h"

enum { limit_ms = 10000, session_expiry_s = 300 };

static const char* address;
static int level;
static MQTTClient client;

static int on_message(void* context, char* topic, int topic_length, MQTTClient_message* message) {
    (void)context;
    begin_message(topic, topic_length > 0 ? (size_t)topic_length : strlen(topic), message->qos, message->retained, message->payload, (size_t)message->payloadlen);
    end_message();
    MQTTClient_freeMessage(&message);
    MQTTClient_free(topic);
    return 1;
}

static void connect_to(char** words, int count) {
    const int clean = words[1][0] == '1';
    MQTTClient_createOptions create = MQTTClient_createOptions_initializer;
    create.MQTTVersion = level == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    bytes id = from_hex(words[0]);
    if (client != NULL) MQTTClient_destroy(&client);
    MQTTClient_createWithOptions(&client, address, id.data, MQTTCLIENT_PERSISTENCE_NONE, NULL, &create);
    MQTTClient_setCallbacks(client, NULL, NULL, on_message, NULL);

    MQTTClient_connectOptions plain = MQTTClient_connectOptions_initializer;
    MQTTClient_connectOptions five = MQTTClient_connectOptions_initializer5;
    MQTTClient_connectOptions options = level == 5 ? five : plain;
    MQTTClient_willOptions will = MQTTClient_willOptions_initializer;
    bytes will_topic = {0};
    bytes will_payload = {0};
    options.connectTimeout = limit_ms / 1000;
    options.maxInflightMessages = 20;
    if (level == 5) {
        options.cleanstart = clean;
    } else {
        options.cleansession = clean;
        options.MQTTVersion = MQTTVERSION_3_1_1;
    }
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
    if (level == 5) {
        MQTTProperties properties = MQTTProperties_initializer;
        MQTTProperty expiry;
        expiry.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL;
        expiry.value.integer4 = clean ? 0 : session_expiry_s;
        MQTTProperties_add(&properties, &expiry);
        MQTTResponse response = MQTTClient_connect5(client, &options, &properties, NULL);
        MQTTProperties_free(&properties);
        if (response.reasonCode == MQTTREASONCODE_SUCCESS) {
            say("connected ?");  // 1.3.12 fills in sessionPresent for 3.1.1 only
        } else {
            say("error CONNECT %d", response.reasonCode);
        }
        MQTTResponse_free(response);
    } else {
        const int code = MQTTClient_connect(client, &options);
        if (code == MQTTCLIENT_SUCCESS) {
            say("connected %d", options.returned.sessionPresent);
        } else {
            say("error CONNECT %d", code);
        }
    }
    free(id.data);
    free(will_topic.data);
    free(will_payload.data);
}

static void subscribe_to(char** words) {
    bytes filter = from_hex(words[0]);
    const int qos = atoi(words[1]);
    if (level == 5) {
        MQTTResponse response = MQTTClient_subscribe5(client, filter.data, qos, NULL, NULL);
        say("subscribed %d", response.reasonCode);
        MQTTResponse_free(response);
    } else {
        const int code = MQTTClient_subscribe(client, filter.data, qos);  // fails when less than `qos` is granted
        if (code == MQTTCLIENT_SUCCESS) {
            say("subscribed %d", qos);
        } else {
            say("error SUBSCRIBE %d", code);
        }
    }
    free(filter.data);
}

static void unsubscribe_from(char** words) {
    bytes filter = from_hex(words[0]);
    int code = MQTTCLIENT_SUCCESS;
    if (level == 5) {
        MQTTResponse response = MQTTClient_unsubscribe5(client, filter.data, NULL);
        code = response.reasonCode;
        MQTTResponse_free(response);
    } else {
        code = MQTTClient_unsubscribe(client, filter.data);
    }
    if (code == MQTTCLIENT_SUCCESS) {
        say("unsubscribed");
    } else {
        say("error UNSUBSCRIBE %d", code);
    }
    free(filter.data);
}

static void publish_to(char** words) {
    bytes topic = from_hex(words[0]);
    bytes payload = from_hex(words[3]);
    MQTTClient_message message = MQTTClient_message_initializer;
    message.payload = payload.data;
    message.payloadlen = (int)payload.length;
    message.qos = atoi(words[1]);
    message.retained = atoi(words[2]);
    MQTTClient_deliveryToken token = 0;
    int code = MQTTCLIENT_SUCCESS;
    if (level == 5) {
        MQTTResponse response = MQTTClient_publishMessage5(client, topic.data, &message, &token);
        code = response.reasonCode;
        MQTTResponse_free(response);
    } else {
        code = MQTTClient_publishMessage(client, topic.data, &message, &token);
    }
    if (code == MQTTCLIENT_SUCCESS && message.qos > 0) code = MQTTClient_waitForCompletion(client, token, limit_ms);
    if (code == MQTTCLIENT_SUCCESS) {
        say("published");
    } else {
        say("error PUBLISH %d", code);
    }
    free(topic.data);
    free(payload.data);
}

static void disconnect_from(void) {
    int code = MQTTCLIENT_SUCCESS;
    if (level == 5) {
        code = MQTTClient_disconnect5(client, limit_ms, MQTTREASONCODE_SUCCESS, NULL);
    } else {
        code = MQTTClient_disconnect(client, limit_ms);
    }
    if (code == MQTTCLIENT_SUCCESS) {
        say("disconnected");
    } else {
        say("error DISCONNECT %d", code);
    }
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
    MQTTClient_init_options init = MQTTClient_init_options_initializer;
    MQTTClient_global_init(&init);
    for_each_command(obey);
    return 0;
}
