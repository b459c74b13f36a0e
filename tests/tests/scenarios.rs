//! What users of the job flow rely on, one story each.

use events::{Ending, JobSpec};
use jobs::Outcome;
use names::{Duration, JobId};
use tests::world::{Plan, run};

fn id(text: &str) -> JobId {
    text.parse().expect("a job id")
}

fn work(seconds: u64, code: i32) -> JobSpec {
    JobSpec::new(vec!["work".into(), seconds.to_string(), code.to_string()])
}

fn exited(code: i32) -> Outcome {
    Outcome::Ended { ending: Ending::Exited { code } }
}

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn a_job_runs_once_and_leaves_nothing() {
    run(&Plan::calm(1), async |world| {
        let job = id("train");
        world.submit(&job, &work(30, 3));
        assert_eq!(world.wait(&[job.clone()], HOUR).await, []);
        let record = world.job(&job).await.expect("it is known");
        assert_eq!(record.outcome(), Some(&exited(3)), "{record:#?}");
        assert_eq!(world.oracle.borrow().runs(&job).len(), 1);
        assert_eq!(world.machines().await, Vec::<String>::new());
        assert_eq!(world.refusals(), Vec::<String>::new());
    });
}
