//! `maintenance-noticed`: Compute Engine's audit log says that a machine is
//! being, or was, stopped by the infrastructure.
//!
//! The job learns of it even if the machine's agent can no longer report it.
//! Machines of others are ignored.

use events::MaintenanceNoticed;
use jobs::{Flow, Input, Settings};
use names::EnvVar;
use runtime::{Delivery, Function, Outcome, Trigger, Wiring};

/// The handler of the function `maintenance-noticed`.
pub struct Handler {
    settings: Settings,
    flow: Flow,
}

/// The function with the clients of `wiring`.
pub fn build(settings: &Settings, wiring: &Wiring) -> Handler {
    Handler::new(settings.clone(), Flow::connect(settings, &wiring.client))
}

impl Handler {
    /// The function with the given flow.
    #[must_use]
    pub fn new(settings: Settings, flow: Flow) -> Self {
        Self { settings, flow }
    }
}

impl Function for Handler {
    const NAME: &'static str = "maintenance-noticed";
    const TRIGGERS: &'static [Trigger] = &[Trigger {
        topic: "maintenance-noticed",
        subscription: "maintenance-noticed",
        schedule: None,
    }];
    const VARIABLES: &'static [EnvVar] = Settings::VARIABLES;
    type Event = MaintenanceNoticed;
    type Error = jobs::Error;

    async fn handle(
        &self,
        event: MaintenanceNoticed,
        _: &Delivery,
    ) -> Result<Outcome, jobs::Error> {
        let attempt = event
            .instance
            .as_deref()
            .and_then(|name| self.settings.deployment_id().attempt_of(name));
        let Some((job, attempt)) = attempt.filter(|_| event.project == self.settings.project)
        else {
            return Ok(Outcome::ignored("not a machine of this deployment"));
        };
        let input = Input::Noticed {
            attempt,
            zone: event.zone,
            what: event.method,
        };
        self.flow.handle(&job, &input).await
    }
}
