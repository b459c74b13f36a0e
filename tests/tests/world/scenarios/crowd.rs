//! A hundred jobs at once, and what they cost.

use super::run_scenario;
use names::JobId;
use std::collections::BTreeMap;
use tests::{
    scenario::{HOUR, exited, id, work},
    world::WorldConfig,
};

const JOBS: u32 = 100;
/// Credentials: tokens are kept, and a machine's metadata server is no API.
const CREDENTIALS: [&str; 2] = [
    "iamcredentials.projects.serviceAccounts.generateAccessToken",
    "identity",
];
/// The most calls of Google's APIs that a job may make on average.
const MOST: f64 = 14.0;

#[test]
fn a_hundred_concurrent_jobs_each_run_once() {
    run_scenario(&WorldConfig::calm(1), async |world| {
        let code = |number: u32| i32::try_from(number).expect("small");
        let name = |number: u32| -> JobId { id(&format!("job-{number}")) };
        let jobs: Vec<JobId> = (0..JOBS).map(name).collect();
        for number in 0..JOBS {
            world.submit(&name(number), &work(200, code(number)));
        }
        assert_eq!(world.wait(&jobs, HOUR).await, []);
        for number in 0..JOBS {
            let job = world.job(&name(number)).await.expect("it is known");
            assert_eq!(job.outcome(), Some(&exited(code(number))));
            assert_eq!(world.oracle.borrow().runs(&name(number)).len(), 1);
        }
        assert_eq!(world.count("compute.instances.insert"), 100);
        assert!(world.dead_letters().await.is_empty());
        let mut calls: BTreeMap<(String, &str), u32> = BTreeMap::new();
        for call in world.calls() {
            if !CREDENTIALS.contains(&call.method) {
                let who = call
                    .principal
                    .split(['@', ':'])
                    .nth(1)
                    .unwrap_or_default()
                    .to_owned();
                *calls.entry((who, call.method)).or_default() += 1;
            }
        }
        let per_job = |count: u32| f64::from(count) / f64::from(JOBS);
        for ((who, method), count) in &calls {
            println!("{:6.2}  {who} {method}", per_job(*count));
        }
        // And the user's own, which queued it.
        let all = per_job(calls.values().sum()) + 1.0;
        println!("{all:6.2}  a job in all");
        assert!(all <= MOST, "{all} calls a job");
        Ok(())
    });
}
