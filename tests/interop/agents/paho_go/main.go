// Agent around Paho Go 1.1 (Debian's golang-github-eclipse-paho.mqtt.golang-dev): MQTT 3.1.1 only.
package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const limit = 10 * time.Second
const lineBytesMax = 4 * 1024 * 1024

var output sync.Mutex

func say(line string) {
	output.Lock()
	defer output.Unlock()
	fmt.Println(line)
}

func toHex(data []byte) string {
	if len(data) == 0 {
		return "-"
	}
	return hex.EncodeToString(data)
}

func fromHex(word string) []byte {
	if word == "-" {
		return nil
	}
	data, err := hex.DecodeString(word)
	if err != nil {
		panic(err)
	}
	return data
}

func number(word string) byte {
	n, err := strconv.Atoi(word)
	if err != nil {
		panic(err)
	}
	return byte(n)
}

func wait(token mqtt.Token) error {
	if !token.WaitTimeout(limit) {
		return errors.New("no answer from the broker")
	}
	return token.Error()
}

var client mqtt.Client

func connect(address string, words []string) (string, error) {
	options := mqtt.NewClientOptions().AddBroker(address).SetClientID(string(fromHex(words[0]))).SetCleanSession(words[1] == "1")
	options.SetAutoReconnect(false).SetProtocolVersion(4).SetConnectTimeout(limit)
	options.SetDefaultPublishHandler(func(_ mqtt.Client, m mqtt.Message) {
		retained := 0
		if m.Retained() {
			retained = 1
		}
		say(fmt.Sprintf("message %s %d %d %s", toHex([]byte(m.Topic())), m.Qos(), retained, toHex(m.Payload())))
	})
	if len(words) > 2 {
		options.SetBinaryWill(string(fromHex(words[2])), fromHex(words[3]), number(words[4]), words[5] == "1")
	}
	client = mqtt.NewClient(options)
	return "connected ?", wait(client.Connect()) // this version does not tell Session Present
}

func obey(address string, command string, words []string) (string, error) {
	switch command {
	case "connect":
		return connect(address, words)
	case "subscribe":
		filter := string(fromHex(words[0]))
		token := client.Subscribe(filter, number(words[1]), nil)
		if err := wait(token); err != nil {
			return "", err
		}
		return fmt.Sprintf("subscribed %d", token.(*mqtt.SubscribeToken).Result()[filter]), nil
	case "unsubscribe":
		return "unsubscribed", wait(client.Unsubscribe(string(fromHex(words[0]))))
	case "publish":
		payload := fromHex(words[3])
		if payload == nil {
			payload = []byte{}
		}
		return "published", wait(client.Publish(string(fromHex(words[0])), number(words[1]), words[2] == "1", payload))
	case "disconnect":
		client.Disconnect(100)
		return "disconnected", nil
	}
	return "", errors.New("unknown command " + command)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 65536), lineBytesMax)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		answer, err := obey(os.Args[1], words[0], words[1:])
		if err != nil {
			answer = "error " + err.Error()
		}
		say(answer)
	}
}
