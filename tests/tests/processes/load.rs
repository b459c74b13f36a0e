//! A hundred jobs at once on a local cloud, each a real process.

use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, thread};
use tests::user::{User, until};

const JOBS: usize = 100;

#[tokio::test]
async fn a_hundred_concurrent_jobs_all_end_as_expected() {
    let user = User::new(env!("CARGO_BIN_EXE_tested-groundcrew"), "load");
    let audit = user.folder().join("audit.jsonl");
    let cloud = user.local(&["--audit", audit.to_str().expect("text")]);
    let began = tokio::time::Instant::now();
    cloud
        .queue((0..JOBS).map(|n| {
            let script = format!("echo out-{n}; exit {}", n % 7);
            (
                format!("job-{n}"),
                json!({ "command": ["sh", "-c", script] }),
            )
        }))
        .await;
    let jobs = until("all jobs are done", || {
        let jobs = user.json("job list --state done --json --limit 1000");
        jobs.as_array().filter(|jobs| jobs.len() == JOBS).cloned()
    });
    println!("{JOBS} jobs took {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(cloud.machines().await, [""; 0]);
    thread::scope(|scope| {
        for some in jobs.chunks(JOBS.div_ceil(4)) {
            scope.spawn(|| some.iter().for_each(|job| ended_right(&user, job)));
        }
    });

    let calls: Vec<Value> = fs::read_to_string(audit)
        .expect("the audit log")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &calls {
        let robot = call["principal"]
            .as_str()
            .is_some_and(|p| p.starts_with("serviceAccount:"));
        let method = call["method"].as_str().expect("a method");
        // Tokens and what a machine asks its own metadata server are not the APIs'.
        if robot && call["api"] != "metadata" && !method.contains("oken") {
            *counts.entry(method).or_default() += 1;
        }
    }
    assert_eq!(counts["compute.instances.insert"], JOBS, "{counts:?}");
    let all: usize = counts.values().sum();
    println!(
        "{all} calls, {:.1} a job: {counts:?}",
        all as f64 / JOBS as f64
    );
    assert!(all <= 14 * JOBS, "{counts:?}");
}

fn ended_right(user: &User, job: &Value) {
    let id = job["id"].as_str().expect("an id");
    let n: usize = id.trim_start_matches("job-").parse().expect("a number");
    assert_eq!(
        (&job["exit_code"], &job["attempt"]),
        (&json!(n % 7), &json!(1)),
        "{job}"
    );
    assert_eq!(
        user.run(&format!("job logs {id}")).ok(),
        format!("out-{n}\n")
    );
}
