use super::*;

const T0: Timestamp = Timestamp::from_seconds(1_000);
const LIMITS: Limits = Limits::new(Duration::from_secs(3600));

fn at(seconds: u64) -> Timestamp {
    T0 + Duration::from_secs(seconds)
}

const fn claiming() -> State {
    State::Claiming {
        going: None,
        ssh_key: false,
    }
}

const fn claiming_with_key(going: Option<Going>) -> State {
    let ssh_key = true;
    State::Claiming { going, ssh_key }
}

const fn claiming_on(going: Going) -> State {
    State::Claiming {
        going: Some(going),
        ssh_key: false,
    }
}

const fn starting() -> State {
    State::Starting { going: None }
}

fn running() -> State {
    State::Running {
        started: T0,
        until: at(3600),
    }
}

fn stopping_for(why: Why, kill_at: Option<u64>) -> State {
    State::Stopping {
        started: T0,
        why,
        kill_at: kill_at.map(at),
    }
}

fn finished(ending: ExitStatus) -> AgentReport {
    AgentReport::Finished { ending }
}

fn write_exit(ending: ExitStatus, finished: u64, says: Option<&str>) -> Act {
    Act::WriteExit {
        ending,
        started: T0,
        finished: at(finished),
        says: says.map(Into::into),
    }
}

fn maintenance(event: &str) -> Input {
    Input::Maintenance(event.into())
}

const TERMINATE: &str = "TERMINATE_ON_HOST_MAINTENANCE";

/// `state`, then each of `(input, second)` ⇒ the last state and all acts.
fn run(mut state: State, inputs: &[(Input, u64)]) -> (State, Vec<Act>) {
    let mut acts = Vec::new();
    for (input, second) in inputs {
        let decision = decide(state, input.clone(), at(*second), &LIMITS);
        state = decision.next;
        acts.extend(decision.acts);
    }
    (state, acts)
}

#[test]
fn every_step_of_the_table() {
    let exited = |code| ExitStatus::Exited { code };
    let drained = || AgentReport::Drained;
    let recording = |report| State::Recording { report };
    let reporting = |report| State::Reporting { report };
    let won = || Input::Claimed(Claimed::Won);
    let terminate = || vec![Act::Signal(Signal::Terminate)];
    let host = Why::Host;
    let start = || vec![Act::Report(AgentReport::Started), Act::Spawn];
    let stop = || vec![Act::Stop];
    type Row = (&'static str, State, Input, u64, State, Vec<Act>);
    #[rustfmt::skip]
    let table: Vec<Row> = vec![
        ("a won claim starts", claiming(), won(), 0, starting(), start()),
        ("our own claim, answer lost", claiming(), Input::Claimed(Claimed::AlreadyMine { started: false }), 0, starting(), start()),
        ("our own claim after a restart", claiming(), Input::Claimed(Claimed::AlreadyMine { started: true }), 0, State::Refused, stop()),
        ("another machine's claim", claiming(), Input::Claimed(Claimed::Lost(Holder::Machine("7".into()))), 0, State::Refused, stop()),
        ("a revoked attempt", claiming(), Input::Claimed(Claimed::Lost(Holder::Revoked)), 0, State::Refused, stop()),
        ("going before the claim", claiming(), Input::Shutdown, 0, claiming_on(Going::Shutdown), vec![]),
        ("won on a host that goes", claiming_on(Going::Preempted), won(), 0, reporting(drained()), vec![Act::Report(drained())]),
        ("lost on a host that goes", claiming_on(Going::Preempted), Input::Claimed(Claimed::Lost(Holder::Revoked)), 0, State::Refused, stop()),
        ("migration while claiming", claiming(), maintenance("MIGRATE_ON_HOST_MAINTENANCE"), 0, claiming(), vec![]),
        ("a won claim asks for the key", claiming_with_key(None), won(), 0, State::Unlocking, vec![Act::Unlock]),
        ("our own claim asks for it again", claiming_with_key(None), Input::Claimed(Claimed::AlreadyMine { started: false }), 0, State::Unlocking, vec![Act::Unlock]),
        ("nobody asks for the key of another's attempt", claiming_with_key(None), Input::Claimed(Claimed::Lost(Holder::Revoked)), 0, State::Refused, stop()),
        ("going before the claim, with a key", claiming_with_key(None), Input::Preempted, 0, claiming_with_key(Some(Going::Preempted)), vec![]),
        ("on a host that goes no key is asked for", claiming_with_key(Some(Going::Preempted)), won(), 0, reporting(drained()), vec![Act::Report(drained())]),
        ("the key is there", State::Unlocking, Input::Unlocked, 0, starting(), start()),
        ("the key cannot be had", State::Unlocking, Input::SpawnFailed("denied".into()), 0,
            recording(finished(ExitStatus::NotStarted { reason: "denied".into() })),
            vec![write_exit(ExitStatus::NotStarted { reason: "denied".into() }, 0, Some("groundcrew: could not start the command: denied"))]),
        ("going while the key is asked for", State::Unlocking, maintenance(TERMINATE), 0, reporting(drained()), vec![Act::Report(drained())]),
        ("migration while the key is asked for", State::Unlocking, maintenance("NONE"), 0, State::Unlocking, vec![]),
        ("the key comes too late", reporting(drained()), Input::Unlocked, 0, reporting(drained()), vec![]),
        ("spawned", starting(), Input::Spawned, 0, running(), vec![]),
        ("spawned on a host that goes", State::Starting { going: Some(Going::Preempted) }, Input::Spawned, 0, stopping_for(host(Going::Preempted), Some(25)), terminate()),
        ("going while starting", starting(), Input::Preempted, 0, State::Starting { going: Some(Going::Preempted) }, vec![]),
        ("the marker was there", starting(), Input::Claimed(Claimed::AlreadyMine { started: true }), 0, State::Refused, stop()),
        ("not spawned", starting(), Input::SpawnFailed("no such file".into()), 0,
            recording(finished(ExitStatus::NotStarted { reason: "no such file".into() })),
            vec![write_exit(ExitStatus::NotStarted { reason: "no such file".into() }, 0, Some("groundcrew: could not start the command: no such file"))]),
        ("exit code", running(), Input::Exited(Exit::Code(3)), 9, recording(finished(exited(3))), vec![write_exit(exited(3), 9, None)]),
        ("signal", running(), Input::Exited(Exit::Signal(11)), 9, recording(finished(ExitStatus::Signalled { signal: 11 })), vec![write_exit(ExitStatus::Signalled { signal: 11 }, 9, None)]),
        ("an early tick", running(), Input::Tick, 3599, running(), vec![]),
        ("max_run", running(), Input::Tick, 3600, stopping_for(Why::MaxRun, Some(3610)), terminate()),
        ("maintenance", running(), maintenance(TERMINATE), 9, stopping_for(host(Going::Maintenance), Some(309)), terminate()),
        ("no maintenance", running(), maintenance("NONE"), 9, running(), vec![]),
        ("migration", running(), maintenance("MIGRATE_ON_HOST_MAINTENANCE"), 9, running(), vec![]),
        ("preempted", running(), Input::Preempted, 9, stopping_for(host(Going::Preempted), Some(34)), terminate()),
        ("shutdown", running(), Input::Shutdown, 9, stopping_for(host(Going::Shutdown), Some(34)), terminate()),
        ("grace not over", stopping_for(Why::MaxRun, Some(10)), Input::Tick, 9, stopping_for(Why::MaxRun, Some(10)), vec![]),
        ("grace over", stopping_for(Why::MaxRun, Some(10)), Input::Tick, 10, stopping_for(Why::MaxRun, None), vec![Act::Signal(Signal::Kill)]),
        ("killed once only", stopping_for(Why::MaxRun, None), Input::Tick, 99, stopping_for(Why::MaxRun, None), vec![]),
        ("shutdown shortens maintenance", stopping_for(host(Going::Maintenance), Some(300)), Input::Shutdown, 60, stopping_for(host(Going::Maintenance), Some(85)), vec![]),
        ("a second notice does not lengthen", stopping_for(host(Going::Preempted), Some(25)), maintenance(TERMINATE), 20, stopping_for(host(Going::Preempted), Some(25)), vec![]),
        ("shutdown while timing out", stopping_for(Why::MaxRun, Some(10)), Input::Shutdown, 1, stopping_for(Why::MaxRun, Some(10)), vec![]),
        ("timed out, whatever the code", stopping_for(Why::MaxRun, Some(3610)), Input::Exited(Exit::Code(0)), 3601, recording(finished(ExitStatus::TimedOut)),
            vec![write_exit(ExitStatus::TimedOut, 3601, Some("groundcrew: stopped after 1h (max_run)"))]),
        ("drained, whatever the code", stopping_for(host(Going::Preempted), Some(25)), Input::Exited(Exit::Code(0)), 20, recording(drained()),
            vec![Act::FlushLog { says: "groundcrew: stopped, the machine goes away (preempted)".into() }]),
        ("shutdown while recording", recording(finished(exited(0))), Input::Shutdown, 9, recording(finished(exited(0))), vec![]),
        ("recorded, then reported", recording(finished(exited(0))), Input::Recorded, 9, reporting(finished(exited(0))), vec![Act::Report(finished(exited(0)))]),
        ("flushed, then reported", recording(drained()), Input::Recorded, 9, reporting(drained()), vec![Act::Report(drained())]),
        ("finished", reporting(finished(exited(0))), Input::Reported, 9, State::Finished, stop()),
        ("drained", reporting(drained()), Input::Reported, 9, State::Drained, stop()),
        ("over is over", State::Refused, won(), 9, State::Refused, vec![]),
    ];
    for (name, state, input, second, next, acts) in table {
        let decision = decide(state, input, at(second), &LIMITS);
        assert_eq!(decision, Decision { next, acts }, "{name}");
    }
}

fn every_state() -> Vec<State> {
    let report = || finished(ExitStatus::Exited { code: 0 });
    vec![
        claiming(),
        claiming_on(Going::Shutdown),
        claiming_with_key(None),
        State::Unlocking,
        starting(),
        State::Starting {
            going: Some(Going::Shutdown),
        },
        running(),
        stopping_for(Why::MaxRun, Some(10)),
        stopping_for(Why::Host(Going::Preempted), None),
        State::Recording { report: report() },
        State::Reporting { report: report() },
        State::Finished,
        State::Refused,
        State::Drained,
    ]
}

fn every_input() -> Vec<Input> {
    vec![
        Input::Claimed(Claimed::Won),
        Input::Claimed(Claimed::AlreadyMine { started: false }),
        Input::Claimed(Claimed::AlreadyMine { started: true }),
        Input::Claimed(Claimed::Lost(Holder::Unreadable)),
        Input::Unlocked,
        Input::Spawned,
        Input::SpawnFailed("why".into()),
        Input::Exited(Exit::Code(0)),
        maintenance(TERMINATE),
        maintenance("NONE"),
        Input::Preempted,
        Input::Shutdown,
        Input::Tick,
        Input::Recorded,
        Input::Reported,
    ]
}

#[test]
fn only_a_claim_spawns_and_only_an_end_that_was_not_the_hosts_is_recorded() {
    for state in every_state() {
        for input in every_input() {
            let acts = decide(state.clone(), input.clone(), at(9_999), &LIMITS).acts;
            if acts.contains(&Act::Unlock) {
                assert_eq!(state, claiming_with_key(None));
                assert!(matches!(input, Input::Claimed(_)), "{input:?}");
            }
            if acts.contains(&Act::Spawn) {
                let claimed = state == claiming() && matches!(input, Input::Claimed(_));
                let unlocked = state == State::Unlocking && input == Input::Unlocked;
                assert!(claimed || unlocked, "{state:?} {input:?}");
            }
            if acts.iter().any(|act| matches!(act, Act::WriteExit { .. })) {
                let host = matches!(
                    state,
                    State::Stopping {
                        why: Why::Host(_),
                        ..
                    }
                );
                assert!(!host, "{state:?} {input:?}");
                assert!(matches!(input, Input::Exited(_) | Input::SpawnFailed(_)));
            }
        }
    }
}

#[test]
fn a_command_that_ignores_sigterm_is_killed_and_the_host_still_drains() {
    let (state, acts) = run(
        running(),
        &[
            (maintenance(TERMINATE), 0),
            (Input::Shutdown, 50),
            (Input::Tick, 74),
            (Input::Tick, 75),
            (Input::Exited(Exit::Signal(9)), 76),
            (Input::Recorded, 77),
            (Input::Reported, 78),
        ],
    );
    assert_eq!(state, State::Drained);
    assert_eq!(
        acts,
        [
            Act::Signal(Signal::Terminate),
            Act::Signal(Signal::Kill),
            Act::FlushLog {
                says: "groundcrew: stopped, the machine goes away (maintenance)".into()
            },
            Act::Report(AgentReport::Drained),
            Act::Stop,
        ]
    );
}

#[test]
fn an_agent_wakes_for_the_limit_and_for_the_kill() {
    assert_eq!(running().wake(), Some(at(3600)));
    assert_eq!(stopping_for(Why::MaxRun, Some(5)).wake(), Some(at(5)));
    assert_eq!(stopping_for(Why::MaxRun, None).wake(), None);
    for ssh_key in [false, true] {
        assert_eq!(begin(ssh_key).next.wake(), None);
        assert_eq!(begin(ssh_key).acts, [Act::Claim]);
    }
}
