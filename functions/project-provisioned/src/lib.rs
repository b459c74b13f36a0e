//! `project-provisioned`: a project exists and is to be set up.
//!
//! The project is set up once, however often the event is delivered, or the ledger
//! and a dead letter say why not and what to do next. What could not be done at
//! once, or what Google retains for a while after a removal, is finished when the
//! sweep publishes it as overdue. Which account the project invites is
//! configuration.

use account::{Flow, Spec};
use events::ProjectProvisioned;
use gcp::Request;
use ledger::Ledger;
use names::{DatabaseName, Duration, EnvVar, Region, ServiceAccountEmail, TopicName};
use runtime::{Delivery, Function, Outcome, Trigger, Wiring};
use std::collections::BTreeSet;

names::settings! {
    /// The function's configuration.
    pub struct Settings {
        pub database: DatabaseName = "groundcrew_database",
            required("projects/example-project/databases/groundcrew", "the ledger's database");
        pub resource_manager: ServiceAccountEmail = "groundcrew_resource_manager",
            required(
                "resource-manager@example-project.iam.gserviceaccount.com",
                "the account that every project invites, to launch machines there",
            );
        pub functions: Vec<ServiceAccountEmail> = "groundcrew_functions",
            required(
                "job-changed@example-project.iam.gserviceaccount.com",
                "the job functions' accounts, which reach claims and exit records, with commas",
            );
        pub regions: Vec<Region> = "groundcrew_regions",
            required(
                "us-central1",
                "where machines run, if a project's spec does not say, with commas",
            );
        pub reports: TopicName = "groundcrew_reports",
            required(
                "projects/example-project/topics/job-reported",
                "the topic that machines report on",
            );
        pub maintenance: TopicName = "groundcrew_maintenance",
            required(
                "projects/example-project/topics/maintenance-noticed",
                "the topic that projects export the events of machines' hosts to",
            );
    }
}

impl Settings {
    /// The part that [`account::Flow`] is configured with.
    #[must_use]
    pub fn account(&self) -> account::Settings {
        account::Settings {
            resource_manager: self.resource_manager.clone(),
            functions: self.functions.iter().cloned().collect(),
            regions: self.regions.iter().cloned().collect(),
            reports: Some(self.reports.clone()),
            maintenance: Some(self.maintenance.clone()),
            closed_topics: BTreeSet::new(),
        }
    }
}

/// The handler of the function `project-provisioned`.
pub struct Handler {
    flow: Flow,
}

/// The function with the clients of `wiring`.
pub fn build(settings: &Settings, wiring: &Wiring) -> Handler {
    let client = wiring.client.clone();
    let ledger = Ledger::new(client.clone(), settings.database.clone());
    Handler::new(Flow::new(client, ledger, settings.account()))
}

/// A sample of every request that it makes, for a project called
/// `example-customer`.
///
/// # Panics
/// Never: that is a project's id.
#[must_use]
pub fn calls(settings: &Settings) -> Vec<Request> {
    let spec = Spec::of("example-customer".parse().expect("a project's id"));
    let mut calls = Ledger::update_calls(&settings.database);
    calls.extend(account::calls::setup(&spec, &settings.account()));
    calls
}

impl Handler {
    /// The function with the given flow.
    #[must_use]
    pub fn new(flow: Flow) -> Self {
        Self { flow }
    }
}

impl Function for Handler {
    const NAME: &'static str = "project-provisioned";
    /// Google takes minutes to enable an API; it is the most that Pub/Sub
    /// waits for an acknowledgement.
    const TIME: Duration = Duration::from_secs(600);
    const TRIGGERS: &'static [Trigger] = &[Trigger {
        topic: "project-provisioned",
        subscription: "project-provisioned",
        schedule: None,
    }];
    const VARIABLES: &'static [EnvVar] = Settings::VARIABLES;
    type Event = ProjectProvisioned;
    type Error = account::Error;

    async fn handle(
        &self,
        event: ProjectProvisioned,
        delivery: &Delivery,
    ) -> Result<Outcome, account::Error> {
        let published = delivery.envelope.publish_time.unwrap_or(delivery.now);
        self.flow.handle(&event, published).await
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
