//! `job-queued`: a user queued a job.
//!
//! Each job is admitted once, however often the event is delivered, and its
//! machine is requested. An invalid job is recorded as rejected, so that its
//! submitter sees the reason. The function never waits for a machine.

use events::JobQueued;
use jobs::{Flow, Settings};
use names::EnvVar;
use runtime::{Delivery, Function, Outcome, Trigger, Wiring};

/// The handler of the function `job-queued`.
pub struct Handler {
    flow: Flow,
}

/// The function with the clients of `wiring`.
pub fn build(settings: &Settings, wiring: &Wiring) -> Handler {
    Handler {
        flow: Flow::connect(settings, &wiring.client),
    }
}

impl Handler {
    /// The function with the given flow.
    #[must_use]
    pub fn new(flow: Flow) -> Self {
        Self { flow }
    }
}

impl Function for Handler {
    const NAME: &'static str = "job-queued";
    const TRIGGERS: &'static [Trigger] = &[Trigger {
        topic: "job-queued",
        subscription: "job-queued",
        schedule: None,
    }];
    const VARIABLES: &'static [EnvVar] = Settings::VARIABLES;
    type Event = JobQueued;
    type Error = jobs::Error;

    async fn handle(&self, event: JobQueued, _: &Delivery) -> Result<Outcome, jobs::Error> {
        self.flow.queue(&event).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_variables_are_those_that_are_read() {
        let names = Handler::VARIABLES.iter().map(|variable| variable.name);
        assert!(names.eq(runtime::variables_of::<Settings>()));
    }
}
