"""What ./dev bench measures: scenarios, and the figures that are read from each run, with the bounds of the project."""
from dataclasses import dataclass

RELAY, RELAY_AGAIN, MOSQUITTO, AEDES = "relay", "relay, again", "mosquitto", "aedes"
TEPORE, EPOLL, TWO_WORKERS, ONE_WORKER = "tepore", "tepore, epoll", "tepore, two workers", "tepore, one worker"
PEERS = (MOSQUITTO, AEDES)  # there to be seen beside; nothing is compared with them
PAYLOAD_BYTES = 64  # of both generators, unless told otherwise
BROKER_ITSELF_MB = 20  # the program, its connections and sessions; the pools of free blocks that it keeps


@dataclass(frozen=True)
class Row:
    """One figure of a scenario. `must` and `aim` bound its ratio to `against` (a broker of the same scenario, or of the one named by
    `of_scenario`), or the figure itself where there is nothing to compare with."""

    words: str
    figure: str  # the generator's field
    unit: str
    must: float
    aim: float | None = None
    against: str | None = None
    of_scenario: str | None = None
    minus: float = 0  # taken off: what was asked for is beyond it
    scale: float = 1  # of the figure to the unit
    best: bool = False  # the mean of the best fifth counts, not the median: tails are the scheduler's
    more_is_better: bool = False
    growth_from: str = ""  # the value is the growth, in percent, from what counts of this figure, be it of other runs; `scale` and `minus` mean nothing
    remains: str = ""  # why `must` is missed where it is: what was tried, and what a profile says remains

    def __post_init__(self) -> None:
        assert not (self.best and self.more_is_better), self.words  # the best fifth is the least


@dataclass(frozen=True)
class Scenario:
    key: str
    arguments: str  # of the generator
    rows: tuple[Row, ...]
    brokers: tuple[str, ...] = (TEPORE, EPOLL, RELAY, MOSQUITTO, AEDES)
    listener: str = "tcp"
    broker_flags: str = ""  # of ours
    own_generator: bool = False  # `tepore bench` in place of mqload
    pinned: bool = True  # broker on core 0, generator on core 1
    seconds: str = "--seconds 2 --warmup 0.4"
    runs: int = 1  # in each repetition
    slices: int = 0  # so many short runs of each broker, which take turns, all of them started; 0: one run, each broker alone


def per_delivery(words: str, must: float, aim: float, remains: str = "") -> tuple[Row, ...]:
    return (Row(words, "broker_us_per_delivery", "µs", must, aim, against=RELAY, remains=remains),)


TEN_PLACES = ("Clients of 3.1.1 are sent ten messages at a time, for some lose an eleventh: half of this row's go through a queue, a block of memory and two "
              "copies, and are sent in smaller pieces. Without that, to clients of 5.0, it is at 1.27. Tried: memory kept by the thread, a writer for 3.1.1, larger blocks for what is "
              "sent. Three quarters of the time is the kernel's.")


COLD = ("Two to five microseconds of the broker's own work for a message of which nothing is in the caches: a tenth to a quarter of what the relay needs. "
        "Tried: direct sends (one turn for a message, not two), hot code laid side by side, epoll; none changes it by what can be told.")
PAUSES = ("The pauses of a shared machine, which takes a core away for milliseconds: what a second relay beside the first differs from it is what can be told at all. "
          "Tried: shorter slices and more of them, in turns with the relay's, and the best fifth of them, which two relays agree on better than on the best one.")


def latency(rate: int) -> Scenario:
    """Slices without a pause of the machine are what is looked for: the more there are and the shorter, the surer each broker has some. 0.2 s at 5,000 a
    second leave ten messages beyond p99."""
    return Scenario(
        f"latency_{rate // 1000}k", f"latency --rate {rate} --pairs 100",
        (Row(f"latency at {rate:,} msg/s, p50", "lat_p50_us", "µs", 1.1, 1.0, against=RELAY, best=True, remains=COLD),
         Row(f"latency at {rate:,} msg/s, p99", "lat_p99_us", "µs", 1.3, 1.1, against=RELAY, best=True, remains=PAUSES)),
        (TEPORE, EPOLL, RELAY, RELAY_AGAIN, MOSQUITTO, AEDES), seconds="--seconds 0.2 --warmup 0.1", slices=20)


SOCKETS = ("Nine tenths of it are the kernel's: a socket's memory, two reads, two sends. How fast that is says mosquitto's figure of the same run. Tried: epoll, which "
           "needs as much where this misses; a first read that stays, and one that waits before it looks.")
OTHERS = ("What others do on this machine, and what is left of the flood: before it, when nobody is frozen, p99 differs by a factor of two to ten from run to run. Tried: floods share "
          "what one of them had, the best of each part in place of each run's growth, twice the runs.")
NO_ROOM = ("On two cores one worker and the generator leave a tenth idle (batched) to a quarter (one to 1,000), which is what a second worker that costs nothing could add. "
           "Tried: runs that cross in one piece, and before the sends. The row below says what cores of their own would give.")


def two_workers(words: str, must: float) -> tuple[Row, ...]:
    """The rate as the generator sees it, with which the workers share the cores; and what a delivery costs, from which follows the rate where each has a
    core of its own: two divided by that ratio."""
    return (
        Row(f"two workers against one, {words}: rate", "recv_per_s", "1/s", must, against=ONE_WORKER, more_is_better=True, remains=NO_ROOM),
        Row(f"the same: CPU time of a delivery (a core each: {must:g} times the rate)", "broker_us_per_delivery", "µs", 2 / must, against=ONE_WORKER),
    )


WITHOUT_RELAY = (TEPORE, MOSQUITTO, AEDES)  # the relay knows no sessions, no TLS and no retained messages

SCENARIOS = (
    Scenario("sparse", "pubsub --pairs 100 --window 1", per_delivery("QoS 0, one message at a time (window 1)", 1.25, 1.05)),
    Scenario("batched", "pubsub --pairs 100", per_delivery("QoS 0, batched (window 64)", 3.0, 2.0)),
    Scenario("qos1", "pubsub --pairs 100 --qos 1", per_delivery("QoS 1", 1.5, 1.2)),
    Scenario("qos2", "pubsub --pairs 100 --qos 2", per_delivery("QoS 2", 1.5, 1.2, TEN_PLACES)),
    Scenario("fanout", "fanout --subs 1000", per_delivery("one to 1,000", 1.3, 0.9)),
    Scenario("fanin", "fanin --pubs 500", per_delivery("500 to one", 1.8, 1.4)),
    Scenario(
        "tls", "pubsub --pairs 100 --tls",
        (Row("QoS 0, batched, over TLS", "broker_us_per_delivery", "µs", 4.5, 3.5, against=RELAY, of_scenario="batched"),),
        (TEPORE, MOSQUITTO), "tls"),
    Scenario(
        "idle", "idle --conns 10000",
        (Row("an idle connection with one subscription", "rss_bytes_per_conn", "bytes", 1000, 700),
         Row("connect and subscribe", "broker_us_per_connect_subscribe", "µs", 50, 35, remains=SOCKETS)),
        WITHOUT_RELAY, seconds=""),
    Scenario("idle_tls", "idle --conns 2000 --tls", (Row("an idle TLS connection", "rss_bytes_per_conn", "bytes", 25000, 15000),),
             (TEPORE, MOSQUITTO), "tls", seconds=""),
    Scenario("idle_ws", "idle --conns 5000 --ws", (Row("an idle WebSocket connection", "rss_bytes_per_conn", "bytes", 2500, 1500),),
             (TEPORE,), "ws", seconds=""),
    Scenario(
        "match", "match --count 100000 --clients 1000",
        (Row("match, 100,000 subscriptions: a publish", "broker_us_per_publish", "µs", 6.5, 6.0),
         Row("match, 100,000 subscriptions: each", "rss_bytes_per_subscription", "bytes", 200, 120)),
        WITHOUT_RELAY),
    # The same with our own generator, which knows the two hard cases.
    Scenario(
        "match_own", "match --count 100000 --clients 1000",
        (Row("the same by `tepore bench`", "broker_cpu_us_per_publish", "µs", 6.5, 6.0),),
        (TEPORE,), own_generator=True),
    Scenario(
        "match_deep", "match --shape deep --count 1000000 --clients 1000",
        (Row("match, 1,000,000 deep and adversarial, to 100,000 plain", "broker_cpu_us_per_publish", "µs", 3.0, against=TEPORE, of_scenario="match_own"),),
        (TEPORE,), own_generator=True),
    Scenario(
        "churn", "churn --count 100000 --clients 1000 --churn 1000",
        (Row("every topic new, 1,000 changes a second, to steady", "broker_cpu_us_per_publish", "µs", 2.0, against=TEPORE, of_scenario="match_own"),),
        (TEPORE,), own_generator=True),
    Scenario(
        "retained", "retained --count 100000",
        (Row("100,000 retained messages to a new subscriber", "receive_all_ms", "ms", 60, 45),
         Row("a retained message beyond its payload", "rss_bytes_per_retained", "bytes", 220, 130, minus=PAYLOAD_BYTES)),
        WITHOUT_RELAY, seconds=""),
    Scenario(
        "offline", "offline --sessions 100 --count 1000",
        (Row("a message queued for an absent client", "broker_us_per_queue", "µs", 1.8, 1.2),
         Row("a queued message delivered", "broker_us_per_drain", "µs", 0.8, 0.6),
         Row("a queued message beyond its payload", "rss_bytes_per_queued", "bytes", 140, 80, minus=PAYLOAD_BYTES)),
        WITHOUT_RELAY, seconds=""),
    latency(5_000),
    latency(20_000),
    Scenario(
        "overload", "overload",
        (Row("1,000 readers frozen by a flood: CPU of a live pair's message, growth", "broker_cpu_us_per_delivery_held", "%", 10, best=True,
             growth_from="broker_cpu_us_per_delivery_before", remains=OTHERS),
         Row("the same: p99 of the live pairs, growth", "latency_held_p99_us", "%", 10, best=True, growth_from="latency_before_p99_us", remains=OTHERS),
         Row("the same: memory, budget 256 MiB", "rss_bytes_held", "MB", 256 * 1.048576 + BROKER_ITSELF_MB, scale=1e-6)),
        (TEPORE,), own_generator=True, broker_flags=f"--waiting-bytes-max {256 * 1024 * 1024}", runs=2),
    Scenario(
        "workers_fanout", "fanout --subs 1000",
        two_workers("one to 1,000", 1.0),
        (TWO_WORKERS, ONE_WORKER), pinned=False),
    Scenario(
        "workers_pubsub", "pubsub --pairs 100",
        two_workers("QoS 0 batched", 1.4),
        (TWO_WORKERS, ONE_WORKER), pinned=False),
)
