//! Jobs that get the user's SSH key.

use super::*;
use crate::{
    ssh_key::Place,
    testing::{KEY, sealed},
};
use secrecy::SecretSlice;
use std::{fs, path::PathBuf};

const PLAIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const OBJECT: &str = "secrets/ssh-key";
const BOUND: &str = "groundcrew: secrets/ssh-key of demo-bucket";

/// A job that may have a key.
fn keyed(script: &str) -> JobAssignment {
    JobAssignment {
        ssh_key: KEY.parse().ok(),
        ..sh(script)
    }
}

/// A world where the user gave a key, and it was sealed together with `aad`.
fn world(assignment: JobAssignment, aad: &str) -> Arc<Fake> {
    let fake = Fake::new(assignment);
    fake.set(|seen| drop(seen.objects.insert(OBJECT.into(), sealed(aad, PLAIN))));
    fake
}

/// Where the machine's key lies while its command runs.
fn key_folder(folder: &Folder) -> PathBuf {
    folder.0.join("run/groundcrew-ssh-7")
}

fn ending(fake: &Fake) -> ExitStatus {
    fake.seen().exit().expect("recorded").ending
}

/// That the key is nowhere but in the bucket, and there only sealed.
fn is_gone(fake: &Fake, folder: &Folder) {
    assert!(!key_folder(folder).exists());
    for (name, bytes) in fake.seen().objects {
        let shows = String::from_utf8_lossy(&bytes).contains("OPENSSH");
        assert_eq!(shows, name == OBJECT, "{name}");
    }
}

#[tokio::test]
async fn a_job_reads_its_key_and_when_it_ends_the_key_is_gone() {
    for (end, expected) in [
        ("exit 3", ExitStatus::Exited { code: 3 }),
        ("kill -9 $$", ExitStatus::Signalled { signal: 9 }),
    ] {
        let folder = Folder::new("key");
        // Not printed: what a job prints of its key is its own affair.
        let script = format!(
            "grep -q OPENSSH $GROUNDCREW_SSH_KEY && echo opened; \
             echo $GROUNDCREW_SSH_KEY; echo $GIT_SSH_COMMAND; {end}"
        );
        let fake = world(keyed(&script), BOUND);
        assert_eq!(start(&fake, &folder).over().await, State::Finished);
        let path = key_folder(&folder).join("id");
        let path = path.display();
        assert_eq!(
            fake.seen().output(),
            format!(
                "opened\n{path}\n\
                 ssh -i {path} -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new\n"
            )
        );
        assert_eq!(ending(&fake), expected);
        is_gone(&fake, &folder);
    }
}

#[tokio::test]
async fn a_key_is_gone_when_the_host_takes_the_job_away_or_its_time_is_over() {
    let wait = "test -s $GROUNDCREW_SSH_KEY && echo opened; ";
    let script = format!("{wait}{READY}exec sleep 1000");
    let limit = JobAssignment {
        max_run: Duration::from_secs(1),
        ..keyed(&script)
    };
    for (assignment, state) in [(keyed(&script), State::Drained), (limit, State::Finished)] {
        let folder = Folder::new("taken");
        let fake = world(assignment, BOUND);
        let agent = start(&fake, &folder);
        agent.until(runs).await;
        if state == State::Drained {
            fake.set(|seen| seen.preempted = true);
        }
        assert_eq!(agent.over().await, state);
        assert!(fake.seen().output().starts_with("opened\n"));
        is_gone(&fake, &folder);
    }
}

#[tokio::test]
async fn git_uses_what_the_job_says() {
    let folder = Folder::new("git");
    let own = [("GIT_SSH_COMMAND", "mine"), ("GROUNDCREW_SSH_KEY", "none")];
    let env = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let assignment = JobAssignment {
        env: env.into(),
        ..keyed("echo $GIT_SSH_COMMAND; test -s $GROUNDCREW_SSH_KEY && echo opened")
    };
    let fake = world(assignment, BOUND);
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    assert_eq!(fake.seen().output(), "mine\nopened\n");
}

#[tokio::test]
async fn a_job_that_asks_for_no_key_gets_none() {
    let fake = world(
        sh("echo ${GROUNDCREW_SSH_KEY-none} ${GIT_SSH_COMMAND-none}"),
        BOUND,
    );
    let folder = Folder::new("none");
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    let seen = fake.seen();
    assert_eq!(seen.output(), "none none\n");
    assert_eq!(seen.reports, ["started", "finished"]);
    let read = "get secrets%2Fssh-key".to_owned();
    assert!(!seen.calls.contains(&read), "{:?}", seen.calls);
}

#[tokio::test]
async fn a_job_whose_key_was_never_given_does_not_run_and_says_what_to_do() {
    let fake = Fake::new(keyed("touch ran"));
    let folder = Folder::new("never");
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    let seen = fake.seen();
    let ending = seen.exit().map(|exit| exit.ending);
    let Some(ExitStatus::NotStarted { reason }) = ending else {
        panic!("{ending:?}");
    };
    assert!(
        reason.contains("groundcrew account apply --ssh-key"),
        "{reason}"
    );
    assert!(!seen.calls.iter().any(|call| call == "decrypt"));
}

#[tokio::test]
async fn a_job_whose_key_cannot_be_had_does_not_run_and_says_why() {
    let denied = world(keyed("touch ran"), BOUND);
    denied.set(|seen| seen.kms.denies = true);
    // Ciphertext that was moved here from another bucket.
    let moved = world(
        keyed("touch ran"),
        "groundcrew: secrets/ssh-key of another-bucket",
    );
    let unreadable = world(keyed("touch ran"), BOUND);
    unreadable.set(|seen| seen.unreadable = true);
    for (fake, words) in [
        (denied, "'cloudkms.cryptoKeyVersions.useToDecrypt' denied"),
        (moved, "Decryption failed: the ciphertext is invalid."),
        (unreadable, "storage.objects.get access"),
    ] {
        let folder = Folder::new("refused");
        assert_eq!(start(&fake, &folder).over().await, State::Finished);
        let ExitStatus::NotStarted { reason } = ending(&fake) else {
            panic!("{:?}", ending(&fake));
        };
        for part in ["gs://demo-bucket/secrets/ssh-key", KEY, words] {
            assert!(reason.contains(part), "{part} in {reason}");
        }
        let seen = fake.seen();
        assert!(seen.output().contains(&reason), "{}", seen.output());
        assert_eq!(seen.reports, ["finished"]);
        // The command would leave a mark in the state.
        assert_eq!(fs::read_dir(&folder.0).expect("there").count(), 0);
        is_gone(&fake, &folder);
    }
}

#[tokio::test]
async fn a_fault_that_goes_away_is_waited_for() {
    let folder = Folder::new("later");
    let fake = world(keyed("grep -q OPENSSH $GROUNDCREW_SSH_KEY"), BOUND);
    fake.set(|seen| {
        seen.kms.busy = 3;
        seen.kms.damages = 2;
    });
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    assert_eq!(ending(&fake), ExitStatus::Exited { code: 0 });
    let seen = fake.seen();
    let asked = seen.calls.iter().filter(|call| *call == "decrypt").count();
    assert_eq!(asked, 6);
}

#[tokio::test]
async fn a_host_that_goes_away_does_not_wait_for_a_key() {
    let folder = Folder::new("late");
    let fake = world(keyed("touch ran"), BOUND);
    fake.set(|seen| seen.kms.busy = u32::MAX);
    let agent = start(&fake, &folder);
    agent
        .until(|seen| seen.calls.iter().any(|call| call == "decrypt"))
        .await;
    drop(agent.inputs.send(Input::Shutdown));
    assert_eq!(agent.over().await, State::Drained);
    assert_eq!(fake.seen().reports, ["drained"]);
    is_gone(&fake, &folder);
}

#[tokio::test]
async fn an_agent_removes_what_one_that_was_killed_left_behind() {
    let folder = Folder::new("killed");
    // Ended without its destructors, as by SIGKILL: the command had started.
    let place = Place::new(&folder.0.join("run"), "7");
    let key = SecretSlice::from(PLAIN.as_bytes().to_vec());
    std::mem::forget(place.write(&key).expect("writable"));
    assert!(key_folder(&folder).join("id").exists());
    fs::write(folder.0.join("7-train-1.started"), "").expect("writable");
    let fake = world(keyed("true"), BOUND);
    fake.put_claim(&Claim::Machine {
        instance_id: "7".into(),
        at: Timestamp::from_seconds(1),
    });
    assert_eq!(start(&fake, &folder).over().await, State::Refused);
    is_gone(&fake, &folder);
}
