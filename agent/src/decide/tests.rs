use super::*;

const T0: Timestamp = Timestamp::from_seconds(1_000);
const LIMITS: Limits = Limits::new(Duration::from_secs(3600));

fn at(seconds: u64) -> Timestamp {
    T0 + Duration::from_secs(seconds)
}

const fn claiming() -> State {
    State::Claiming {
        host_termination: None,
        ssh_key: false,
    }
}

const fn claiming_with_key(host_termination: Option<HostTermination>) -> State {
    let ssh_key = true;
    State::Claiming {
        host_termination,
        ssh_key,
    }
}

const fn claiming_on(host_termination: HostTermination) -> State {
    State::Claiming {
        host_termination: Some(host_termination),
        ssh_key: false,
    }
}

const fn starting() -> State {
    State::Starting {
        host_termination: None,
    }
}

fn running() -> State {
    State::Running {
        started: T0,
        until: at(3600),
    }
}

fn stopping_for(reason: StopReason, kill_at: Option<u64>) -> State {
    State::Stopping {
        started: T0,
        reason,
        kill_at: kill_at.map(at),
    }
}

fn finished(exit_status: ExitStatus) -> AgentReport {
    AgentReport::Finished { exit_status }
}

fn write_exit(exit_status: ExitStatus, finished: u64, last_line: Option<&str>) -> Action {
    Action::WriteExitRecord {
        exit_status,
        started: T0,
        finished: at(finished),
        last_line: last_line.map(Into::into),
    }
}

fn maintenance(event: &str) -> Input {
    Input::Maintenance(event.into())
}

const TERMINATE: &str = "TERMINATE_ON_HOST_MAINTENANCE";

/// `state`, then each of `(input, second)` ⇒ the last state and all actions.
fn run(mut state: State, inputs: &[(Input, u64)]) -> (State, Vec<Action>) {
    let mut actions = Vec::new();
    for (input, second) in inputs {
        let decision = decide(state, input.clone(), at(*second), &LIMITS);
        state = decision.next;
        actions.extend(decision.actions);
    }
    (state, actions)
}

#[test]
fn every_transition_yields_the_expected_actions() {
    let exited = |code| ExitStatus::Exited { code };
    let drained = super::drained;
    let recording = |report| State::Recording { report };
    let reporting = |report| State::Reporting { report };
    let won = || Input::Claimed(ClaimResult::Won);
    let terminate = || vec![Action::Signal(Signal::Terminate)];
    let host = StopReason::HostTermination;
    let start = || vec![Action::Report(AgentReport::Started), Action::Spawn];
    let stop = || vec![Action::ExitAgent];
    type Row = (&'static str, State, Input, u64, State, Vec<Action>);
    #[rustfmt::skip]
    let table: Vec<Row> = vec![
        ("a won claim starts", claiming(), won(), 0, starting(), start()),
        ("our own claim, answer lost", claiming(), Input::Claimed(ClaimResult::AlreadyMine { started: false }), 0, starting(), start()),
        ("our own claim after a restart", claiming(), Input::Claimed(ClaimResult::AlreadyMine { started: true }), 0, State::Refused, stop()),
        ("another machine's claim", claiming(), Input::Claimed(ClaimResult::Lost(ClaimHolder::Machine("7".into()))), 0, State::Refused, stop()),
        ("a revoked attempt", claiming(), Input::Claimed(ClaimResult::Lost(ClaimHolder::Revoked)), 0, State::Refused, stop()),
        ("termination before the claim", claiming(), Input::Shutdown, 0, claiming_on(HostTermination::Shutdown), vec![]),
        ("won on a host that is being terminated", claiming_on(HostTermination::Preempted), won(), 0, reporting(drained(HostTermination::Preempted)), vec![Action::Report(drained(HostTermination::Preempted))]),
        ("lost on a host that is being terminated", claiming_on(HostTermination::Preempted), Input::Claimed(ClaimResult::Lost(ClaimHolder::Revoked)), 0, State::Refused, stop()),
        ("migration while claiming", claiming(), maintenance("MIGRATE_ON_HOST_MAINTENANCE"), 0, claiming(), vec![]),
        ("a won claim decrypts the key", claiming_with_key(None), won(), 0, State::DecryptingSshKey, vec![Action::DecryptSshKey]),
        ("our own claim decrypts it again", claiming_with_key(None), Input::Claimed(ClaimResult::AlreadyMine { started: false }), 0, State::DecryptingSshKey, vec![Action::DecryptSshKey]),
        ("a lost claim decrypts no key", claiming_with_key(None), Input::Claimed(ClaimResult::Lost(ClaimHolder::Revoked)), 0, State::Refused, stop()),
        ("termination before the claim, with a key", claiming_with_key(None), Input::Preempted, 0, claiming_with_key(Some(HostTermination::Preempted)), vec![]),
        ("no key is decrypted on a host that is being terminated", claiming_with_key(Some(HostTermination::Preempted)), won(), 0, reporting(drained(HostTermination::Preempted)), vec![Action::Report(drained(HostTermination::Preempted))]),
        ("the key is decrypted", State::DecryptingSshKey, Input::SshKeyDecrypted, 0, starting(), start()),
        ("the key cannot be decrypted", State::DecryptingSshKey, Input::SpawnFailed("denied".into()), 0,
            recording(finished(ExitStatus::NotStarted { reason: "denied".into() })),
            vec![write_exit(ExitStatus::NotStarted { reason: "denied".into() }, 0, Some("groundcrew: could not start the command: denied"))]),
        ("termination during decryption", State::DecryptingSshKey, maintenance(TERMINATE), 0, reporting(drained(HostTermination::Maintenance)), vec![Action::Report(drained(HostTermination::Maintenance))]),
        ("migration during decryption", State::DecryptingSshKey, maintenance("NONE"), 0, State::DecryptingSshKey, vec![]),
        ("the key comes too late", reporting(drained(HostTermination::Preempted)), Input::SshKeyDecrypted, 0, reporting(drained(HostTermination::Preempted)), vec![]),
        ("spawned", starting(), Input::Spawned, 0, running(), vec![]),
        ("spawned on a host that is being terminated", State::Starting { host_termination: Some(HostTermination::Preempted) }, Input::Spawned, 0, stopping_for(host(HostTermination::Preempted), Some(25)), terminate()),
        ("termination while starting", starting(), Input::Preempted, 0, State::Starting { host_termination: Some(HostTermination::Preempted) }, vec![]),
        ("the marker was there", starting(), Input::Claimed(ClaimResult::AlreadyMine { started: true }), 0, State::Refused, stop()),
        ("not spawned", starting(), Input::SpawnFailed("no such file".into()), 0,
            recording(finished(ExitStatus::NotStarted { reason: "no such file".into() })),
            vec![write_exit(ExitStatus::NotStarted { reason: "no such file".into() }, 0, Some("groundcrew: could not start the command: no such file"))]),
        ("exit code", running(), Input::Exited(CommandExit::Code(3)), 9, recording(finished(exited(3))), vec![write_exit(exited(3), 9, None)]),
        ("signal", running(), Input::Exited(CommandExit::Signal(11)), 9, recording(finished(ExitStatus::Signalled { signal: 11 })), vec![write_exit(ExitStatus::Signalled { signal: 11 }, 9, None)]),
        ("an early tick", running(), Input::Tick, 3599, running(), vec![]),
        ("max_run", running(), Input::Tick, 3600, stopping_for(StopReason::MaxRun, Some(3610)), terminate()),
        ("maintenance", running(), maintenance(TERMINATE), 9, stopping_for(host(HostTermination::Maintenance), Some(309)), terminate()),
        ("no maintenance", running(), maintenance("NONE"), 9, running(), vec![]),
        ("migration", running(), maintenance("MIGRATE_ON_HOST_MAINTENANCE"), 9, running(), vec![]),
        ("preempted", running(), Input::Preempted, 9, stopping_for(host(HostTermination::Preempted), Some(34)), terminate()),
        ("shutdown", running(), Input::Shutdown, 9, stopping_for(host(HostTermination::Shutdown), Some(34)), terminate()),
        ("grace not over", stopping_for(StopReason::MaxRun, Some(10)), Input::Tick, 9, stopping_for(StopReason::MaxRun, Some(10)), vec![]),
        ("grace over", stopping_for(StopReason::MaxRun, Some(10)), Input::Tick, 10, stopping_for(StopReason::MaxRun, None), vec![Action::Signal(Signal::Kill)]),
        ("killed once only", stopping_for(StopReason::MaxRun, None), Input::Tick, 99, stopping_for(StopReason::MaxRun, None), vec![]),
        ("shutdown shortens maintenance", stopping_for(host(HostTermination::Maintenance), Some(300)), Input::Shutdown, 60, stopping_for(host(HostTermination::Maintenance), Some(85)), vec![]),
        ("a second notice does not lengthen", stopping_for(host(HostTermination::Preempted), Some(25)), maintenance(TERMINATE), 20, stopping_for(host(HostTermination::Preempted), Some(25)), vec![]),
        ("the reason of a shutdown is seen after it", stopping_for(host(HostTermination::Shutdown), Some(25)), Input::Preempted, 2, stopping_for(host(HostTermination::Preempted), Some(25)), vec![]),
        ("the reason of a shutdown is seen before the claim", claiming_on(HostTermination::Shutdown), Input::Preempted, 0, claiming_on(HostTermination::Preempted), vec![]),
        ("shutdown while timing out", stopping_for(StopReason::MaxRun, Some(10)), Input::Shutdown, 1, stopping_for(StopReason::MaxRun, Some(10)), vec![]),
        ("timed out, whatever the code", stopping_for(StopReason::MaxRun, Some(3610)), Input::Exited(CommandExit::Code(0)), 3601, recording(finished(ExitStatus::TimedOut)),
            vec![write_exit(ExitStatus::TimedOut, 3601, Some("groundcrew: time limit exceeded: stopped after 1h (max_run)"))]),
        ("drained, whatever the code", stopping_for(host(HostTermination::Preempted), Some(25)), Input::Exited(CommandExit::Code(0)), 20, recording(drained(HostTermination::Preempted)),
            vec![Action::FlushLog { last_line: "groundcrew: stopped: host termination (preempted)".into() }]),
        ("shutdown while recording", recording(finished(exited(0))), Input::Shutdown, 9, recording(finished(exited(0))), vec![]),
        ("recorded, then reported", recording(finished(exited(0))), Input::Recorded, 9, reporting(finished(exited(0))), vec![Action::Report(finished(exited(0)))]),
        ("flushed, then reported", recording(drained(HostTermination::Preempted)), Input::Recorded, 9, reporting(drained(HostTermination::Preempted)), vec![Action::Report(drained(HostTermination::Preempted))]),
        ("finished", reporting(finished(exited(0))), Input::Reported, 9, State::Finished, stop()),
        ("drained", reporting(drained(HostTermination::Preempted)), Input::Reported, 9, State::Drained, stop()),
        ("a final state stays", State::Refused, won(), 9, State::Refused, vec![]),
    ];
    for (name, state, input, second, next, actions) in table {
        let decision = decide(state, input, at(second), &LIMITS);
        assert_eq!(decision, Decision { next, actions }, "{name}");
    }
}

fn every_state() -> Vec<State> {
    let report = || finished(ExitStatus::Exited { code: 0 });
    vec![
        claiming(),
        claiming_on(HostTermination::Shutdown),
        claiming_with_key(None),
        State::DecryptingSshKey,
        starting(),
        State::Starting {
            host_termination: Some(HostTermination::Shutdown),
        },
        running(),
        stopping_for(StopReason::MaxRun, Some(10)),
        stopping_for(
            StopReason::HostTermination(HostTermination::Preempted),
            None,
        ),
        State::Recording { report: report() },
        State::Reporting { report: report() },
        State::Finished,
        State::Refused,
        State::Drained,
    ]
}

fn every_input() -> Vec<Input> {
    vec![
        Input::Claimed(ClaimResult::Won),
        Input::Claimed(ClaimResult::AlreadyMine { started: false }),
        Input::Claimed(ClaimResult::AlreadyMine { started: true }),
        Input::Claimed(ClaimResult::Lost(ClaimHolder::Unreadable)),
        Input::SshKeyDecrypted,
        Input::Spawned,
        Input::SpawnFailed("why".into()),
        Input::Exited(CommandExit::Code(0)),
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
fn only_a_claim_spawns_and_no_exit_is_recorded_after_a_host_termination() {
    for state in every_state() {
        for input in every_input() {
            let actions = decide(state.clone(), input.clone(), at(9_999), &LIMITS).actions;
            if actions.contains(&Action::DecryptSshKey) {
                assert_eq!(state, claiming_with_key(None));
                assert!(matches!(input, Input::Claimed(_)), "{input:?}");
            }
            if actions.contains(&Action::Spawn) {
                let claimed = state == claiming() && matches!(input, Input::Claimed(_));
                let unlocked = state == State::DecryptingSshKey && input == Input::SshKeyDecrypted;
                assert!(claimed || unlocked, "{state:?} {input:?}");
            }
            if actions
                .iter()
                .any(|act| matches!(act, Action::WriteExitRecord { .. }))
            {
                let host = matches!(
                    state,
                    State::Stopping {
                        reason: StopReason::HostTermination(_),
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
    let (state, actions) = run(
        running(),
        &[
            (maintenance(TERMINATE), 0),
            (Input::Shutdown, 50),
            (Input::Tick, 74),
            (Input::Tick, 75),
            (Input::Exited(CommandExit::Signal(9)), 76),
            (Input::Recorded, 77),
            (Input::Reported, 78),
        ],
    );
    assert_eq!(state, State::Drained);
    assert_eq!(
        actions,
        [
            Action::Signal(Signal::Terminate),
            Action::Signal(Signal::Kill),
            Action::FlushLog {
                last_line: "groundcrew: stopped: host termination (maintenance)".into()
            },
            Action::Report(drained(HostTermination::Maintenance)),
            Action::ExitAgent,
        ]
    );
}

#[test]
fn an_agent_wakes_for_the_limit_and_for_the_kill() {
    assert_eq!(running().wake(), Some(at(3600)));
    assert_eq!(
        stopping_for(StopReason::MaxRun, Some(5)).wake(),
        Some(at(5))
    );
    assert_eq!(stopping_for(StopReason::MaxRun, None).wake(), None);
    for ssh_key in [false, true] {
        assert_eq!(begin(ssh_key).next.wake(), None);
        assert_eq!(begin(ssh_key).actions, [Action::Claim]);
    }
}
