//! `job-queued`: a user asks for a job.
//!
//! It promises that each job is taken in once, however often the event comes,
//! and that its machine is asked for. A job that cannot be read is recorded as
//! rejected, where its submitter looks. It never waits for a machine.

use events::JobQueued;
use jobs::{Flow, Settings};
use names::Variable;
use runtime::{Delivery, Function, Outcome, Trigger, Wiring};

/// The function.
pub struct Handler {
    flow: Flow,
}

/// The function on `wiring`.
pub fn build(settings: &Settings, wiring: &Wiring) -> Handler {
    Handler {
        flow: Flow::connect(settings, &wiring.client),
    }
}

impl Handler {
    /// The function on a flow of one's own.
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
    const VARIABLES: &'static [Variable] = Settings::VARIABLES;
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
    fn the_table_names_what_is_read() {
        let names = Handler::VARIABLES.iter().map(|variable| variable.name);
        assert!(names.eq(runtime::variables_of::<Settings>()));
    }
}
