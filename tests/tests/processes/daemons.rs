//! Nothing of a machine outlives it, however it ends: no daemon, and no disk once
//! the machine is deleted. Linux only.

use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use tests::user::{User, until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tested-groundcrew");

/// Starts `$DAEMON` in three ways in which programs leave their parents, and
/// waits until `$PIDS` names the processes.
const DAEMONS: &str = r#"(setsid sh -c "$DAEMON" &)
    env -i setsid sh -c "$DAEMON" &
    nohup sh -c "$DAEMON" >/dev/null 2>&1 &
    until [ "$(wc -l <"$PIDS")" = 3 ]; do sleep 0.05; done
    "#;

/// Daemons of one job.
struct Daemons {
    pids: PathBuf,
}

impl Daemons {
    /// Of the job `id` of `user`.
    fn of(user: &User, id: &str) -> Self {
        let pids = user.folder().join(format!("{id}.pids"));
        fs::write(&pids, "").expect("writable");
        Self { pids }
    }

    /// A job whose command starts them and goes on with `end`.
    fn job(&self, end: &str) -> serde_json::Value {
        let pids = self.pids.to_str().expect("text");
        let daemon = format!("trap '' TERM; echo $$ >>{pids}; exec sleep 1000");
        json!({
            "command": ["sh", "-c", format!("{DAEMONS}{end}")],
            "env": { "PIDS": pids, "DAEMON": daemon },
        })
    }

    fn started(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.pids).expect("readable");
        text.lines().map(str::to_owned).collect()
    }

    fn running(&self) -> Vec<String> {
        let sleeps = |pid: &String| {
            let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.contains("sleep\x001000")
        };
        self.started().into_iter().filter(sleeps).collect()
    }

    /// Waits until all of them have been started and are gone.
    fn wait_for_end(&self, what: &str) {
        until(what, || {
            (self.started().len() == 3 && self.running().is_empty()).then_some(())
        });
    }
}

impl Drop for Daemons {
    /// A failed test leaves no daemons either.
    fn drop(&mut self) {
        for pid in self.running() {
            let _ = Command::new("kill").args(["-9", &pid]).status();
        }
    }
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none())
}

#[tokio::test]
async fn no_daemon_and_no_disk_outlives_its_machine() {
    let user = User::new(PROGRAM, "daemons");
    let cloud = user.local(&[]);
    let ends = [
        ("exits", "exit 0"),
        ("agent-killed", "kill -9 $PPID; sleep 1000"),
        (
            "init-killed",
            "kill -9 $(ps -o ppid= -p $PPID); exec sleep 1000",
        ),
        ("off", "poweroff; exec sleep 1000"),
        ("cancelled", "exec sleep 1000"),
        ("too-long", "exec sleep 1000"),
    ];
    let daemons = ends.map(|(id, _)| Daemons::of(&user, id));
    let jobs = ends.iter().zip(&daemons).map(|((id, end), daemons)| {
        let mut spec = daemons.job(end);
        if *id == "too-long" {
            spec["max_run"] = json!("5s");
        }
        ((*id).to_owned(), spec)
    });
    cloud.queue(jobs).await;
    until("the job to cancel runs", || {
        (daemons[4].running().len() == 3).then_some(())
    });
    assert_eq!(user.run("job cancel cancelled").ok(), "");
    for ((id, _), daemons) in ends.iter().zip(&daemons) {
        daemons.wait_for_end(id);
    }
    // Those that were lost would begin again on other machines.
    for id in ["agent-killed", "init-killed", "off"] {
        assert_eq!(user.run(&format!("job cancel {id}")).ok(), "");
    }
    let machines = format!("groundcrew-local-{}/machines", cloud.registration.pid);
    let machines = user.folder().join(machines);
    until("the disks are gone", || is_empty(&machines).then_some(()));

    let stopped = Daemons::of(&user, "stopped");
    let job = ("stopped".to_owned(), stopped.job("exec sleep 1000"));
    cloud.queue([job]).await;
    until("the job runs", || {
        (stopped.running().len() == 3).then_some(())
    });
    assert!(!is_empty(&machines));
    // Although the client of `queue` has not closed its connection.
    assert_eq!(user.run("local stop").ok(), "");
    cloud.wait_for_exit();
    stopped.wait_for_end("of a local cloud that was stopped");
    assert!(!machines.exists());
}

#[tokio::test]
async fn no_daemon_and_no_disk_outlives_a_local_cloud_that_was_killed() {
    let user = User::new(PROGRAM, "killed-with-daemons");
    let cloud = user.local(&[]);
    let machines = format!("groundcrew-local-{}/machines", cloud.registration.pid);
    let machines = user.folder().join(machines);
    let daemons = Daemons::of(&user, "job-a");
    let job = ("job-a".to_owned(), daemons.job("exec sleep 1000"));
    cloud.queue([job]).await;
    until("the job runs", || {
        (daemons.running().len() == 3).then_some(())
    });
    cloud.kill();
    daemons.wait_for_end("of a local cloud that was killed");
    until("no process is left", || {
        user.processes().is_empty().then_some(())
    });
    assert!(machines.exists());
    let next = user.local(&[]);
    assert!(!machines.exists());
    next.kill();
}
