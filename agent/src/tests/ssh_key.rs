//! Jobs that get the user's SSH key.

use super::*;
use crate::{
    ssh_key::SshKeyFolder,
    testing::{KEY, encrypted},
};
use secrecy::SecretSlice;
use std::{fs, path::PathBuf};

const PLAIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const OBJECT: &str = "secrets/ssh-key";
const BOUND: &str = "groundcrew: secrets/ssh-key of demo-bucket";

/// A job that gets the SSH key.
fn keyed(script: &str) -> JobAssignment {
    JobAssignment {
        ssh_key: KEY.parse().ok(),
        ..sh(script)
    }
}

/// A cloud where the user's key is stored, encrypted with `aad`.
fn with_key(assignment: JobAssignment, aad: &str) -> Arc<FakeCloud> {
    let fake = FakeCloud::new(assignment);
    fake.update(|cloud| drop(cloud.objects.insert(OBJECT.into(), encrypted(aad, PLAIN))));
    fake
}

/// The folder of the machine's key while its command runs.
fn key_folder(folder: &Folder) -> PathBuf {
    folder.0.join("run/groundcrew-ssh-7")
}

fn exit_status(fake: &FakeCloud) -> ExitStatus {
    fake.snapshot().exit().expect("recorded").exit_status
}

/// Checks that the key is nowhere but in the bucket, and there only encrypted.
fn is_gone(fake: &FakeCloud, folder: &Folder) {
    assert!(!key_folder(folder).exists());
    for (name, bytes) in fake.snapshot().objects {
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
        let fake = with_key(keyed(&script), BOUND);
        assert_eq!(start(&fake, &folder).over().await, State::Finished);
        let path = key_folder(&folder).join("id");
        let path = path.display();
        assert_eq!(
            fake.snapshot().output(),
            format!(
                "opened\n{path}\n\
                 ssh -i {path} -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new\n"
            )
        );
        assert_eq!(exit_status(&fake), expected);
        is_gone(&fake, &folder);
    }
}

#[tokio::test]
async fn a_key_is_removed_after_a_host_termination_and_after_the_time_limit() {
    let wait = "test -s $GROUNDCREW_SSH_KEY && echo opened; ";
    let script = format!("{wait}{READY}exec sleep 1000");
    let limit = JobAssignment {
        max_run: Duration::from_secs(1),
        ..keyed(&script)
    };
    for (assignment, state) in [(keyed(&script), State::Drained), (limit, State::Finished)] {
        let folder = Folder::new("taken");
        let fake = with_key(assignment, BOUND);
        let agent = start(&fake, &folder);
        agent.until(runs).await;
        if state == State::Drained {
            fake.update(|cloud| cloud.preempted = true);
        }
        assert_eq!(agent.over().await, state);
        assert!(fake.snapshot().output().starts_with("opened\n"));
        is_gone(&fake, &folder);
    }
}

#[tokio::test]
async fn git_uses_the_command_of_the_job() {
    let folder = Folder::new("git");
    let own = [("GIT_SSH_COMMAND", "mine"), ("GROUNDCREW_SSH_KEY", "none")];
    let env = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let assignment = JobAssignment {
        env: env.into(),
        ..keyed("echo $GIT_SSH_COMMAND; test -s $GROUNDCREW_SSH_KEY && echo opened")
    };
    let fake = with_key(assignment, BOUND);
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    assert_eq!(fake.snapshot().output(), "mine\nopened\n");
}

#[tokio::test]
async fn a_job_that_asks_for_no_key_gets_none() {
    let fake = with_key(
        sh("echo ${GROUNDCREW_SSH_KEY-none} ${GIT_SSH_COMMAND-none}"),
        BOUND,
    );
    let folder = Folder::new("none");
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    let cloud = fake.snapshot();
    assert_eq!(cloud.output(), "none none\n");
    assert_eq!(cloud.reports, ["started", "finished"]);
    let read = "get secrets%2Fssh-key".to_owned();
    assert!(!cloud.calls.contains(&read), "{:?}", cloud.calls);
}

#[tokio::test]
async fn a_job_whose_key_was_never_stored_does_not_run_and_says_what_to_do() {
    let fake = FakeCloud::new(keyed("touch ran"));
    let folder = Folder::new("never");
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    let cloud = fake.snapshot();
    let exit_status = cloud.exit().map(|exit| exit.exit_status);
    let Some(ExitStatus::NotStarted { reason }) = exit_status else {
        panic!("{exit_status:?}");
    };
    assert!(
        reason.contains("groundcrew account apply --ssh-key"),
        "{reason}"
    );
    assert!(!cloud.calls.iter().any(|call| call == "decrypt"));
}

#[tokio::test]
async fn a_job_whose_key_cannot_be_decrypted_does_not_run_and_says_why() {
    let denied = with_key(keyed("touch ran"), BOUND);
    denied.update(|cloud| cloud.kms.denies = true);
    // Ciphertext that was moved here from another bucket.
    let moved = with_key(
        keyed("touch ran"),
        "groundcrew: secrets/ssh-key of another-bucket",
    );
    let unreadable = with_key(keyed("touch ran"), BOUND);
    unreadable.update(|cloud| cloud.unreadable = true);
    for (fake, words) in [
        (denied, "'cloudkms.cryptoKeyVersions.useToDecrypt' denied"),
        (moved, "Decryption failed: the ciphertext is invalid."),
        (unreadable, "storage.objects.get access"),
    ] {
        let folder = Folder::new("refused");
        assert_eq!(start(&fake, &folder).over().await, State::Finished);
        let ExitStatus::NotStarted { reason } = exit_status(&fake) else {
            panic!("{:?}", exit_status(&fake));
        };
        for part in ["gs://demo-bucket/secrets/ssh-key", KEY, words] {
            assert!(reason.contains(part), "{part} in {reason}");
        }
        let cloud = fake.snapshot();
        assert!(cloud.output().contains(&reason), "{}", cloud.output());
        assert_eq!(cloud.reports, ["finished"]);
        // The command would leave a mark in the state.
        assert_eq!(fs::read_dir(&folder.0).expect("there").count(), 0);
        is_gone(&fake, &folder);
    }
}

#[tokio::test]
async fn a_transient_error_is_retried() {
    let folder = Folder::new("later");
    let fake = with_key(keyed("grep -q OPENSSH $GROUNDCREW_SSH_KEY"), BOUND);
    fake.update(|cloud| {
        cloud.kms.busy = 3;
        cloud.kms.damages = 2;
    });
    assert_eq!(start(&fake, &folder).over().await, State::Finished);
    assert_eq!(exit_status(&fake), ExitStatus::Exited { code: 0 });
    let cloud = fake.snapshot();
    let asked = cloud.calls.iter().filter(|call| *call == "decrypt").count();
    assert_eq!(asked, 6);
}

#[tokio::test]
async fn a_host_termination_does_not_wait_for_the_key() {
    let folder = Folder::new("late");
    let fake = with_key(keyed("touch ran"), BOUND);
    fake.update(|cloud| cloud.kms.busy = u32::MAX);
    let agent = start(&fake, &folder);
    agent
        .until(|cloud| cloud.calls.iter().any(|call| call == "decrypt"))
        .await;
    drop(agent.inputs.send(Input::Shutdown));
    assert_eq!(agent.over().await, State::Drained);
    assert_eq!(fake.snapshot().reports, ["drained"]);
    is_gone(&fake, &folder);
}

#[tokio::test]
async fn an_agent_removes_the_key_of_a_killed_agent() {
    let folder = Folder::new("killed");
    // Ended without its destructors, as by SIGKILL: the command had started.
    let place = SshKeyFolder::new(&folder.0.join("run"), "7");
    let key = SecretSlice::from(PLAIN.as_bytes().to_vec());
    std::mem::forget(place.write(&key).expect("writable"));
    assert!(key_folder(&folder).join("id").exists());
    fs::write(folder.0.join("7-train-1.started"), "").expect("writable");
    let fake = with_key(keyed("true"), BOUND);
    fake.put_claim(&Claim::Machine {
        instance_id: "7".into(),
        at: Timestamp::from_seconds(1),
    });
    assert_eq!(start(&fake, &folder).over().await, State::Refused);
    is_gone(&fake, &folder);
}
