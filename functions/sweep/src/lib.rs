//! `sweep`: a tick of Cloud Scheduler.
//!
//! It publishes whatever is overdue in the ledger, so that the flow that it belongs
//! to acts under its own identity. It decides nothing and changes no cloud
//! resource.

mod error;

pub use error::Error;

use account::Deployments;
use events::Tick;
use gcp::Request;
use ledger::Ledger;
use names::{DatabaseName, Duration, EnvVar, Timestamp, TopicName};
use runtime::{Delivery, Function, Outcome, Trigger, Wiring};

names::settings! {
    /// The function's configuration.
    pub struct Settings {
        pub database: DatabaseName = "groundcrew_database",
            required("projects/example-project/databases/groundcrew", "the ledger's database");
        pub changes: TopicName = "groundcrew_changes",
            required(
                "projects/example-project/topics/job-changed",
                "the topic on which overdue jobs are published",
            );
        pub provisioned: TopicName = "groundcrew_provisioned",
            required(
                "projects/example-project/topics/project-provisioned",
                "the topic on which overdue projects are published",
            );
        pub products: TopicName = "groundcrew_products",
            required(
                "projects/example-project/topics/product-requested",
                "the topic on which overdue products are published",
            );
    }
}

/// How old a tick may be. The next one is a minute younger.
const MAX_AGE: Duration = Duration::from_secs(120);

/// The handler of the function `sweep`.
pub struct Handler {
    jobs: jobs::Sweep,
    deployments: account::Sweep,
    products: product::Sweep,
}

/// The function with the clients of `wiring`.
pub fn build(settings: &Settings, wiring: &Wiring) -> Handler {
    let ledger = Ledger::new(wiring.client.clone(), settings.database.clone());
    let publisher = || wiring.publisher.clone();
    let deployments = Deployments::new(ledger.clone());
    Handler::new(
        jobs::Sweep::new(ledger.clone(), publisher(), settings.changes.clone()),
        account::Sweep::new(deployments, publisher(), settings.provisioned.clone()),
        product::Sweep::new(ledger, publisher(), settings.products.clone()),
    )
}

/// A sample of every request that it makes, besides dead letters.
#[must_use]
pub fn calls(settings: &Settings) -> Vec<Request> {
    let mut calls = jobs::Sweep::calls(&settings.database, &settings.changes);
    calls.extend(account::Sweep::calls(
        &settings.database,
        &settings.provisioned,
    ));
    calls.extend(product::Sweep::calls(
        &settings.database,
        &settings.products,
    ));
    calls
}

impl Handler {
    /// The function with the given sweeps.
    #[must_use]
    pub fn new(jobs: jobs::Sweep, deployments: account::Sweep, products: product::Sweep) -> Self {
        Self {
            jobs,
            deployments,
            products,
        }
    }
}

impl Function for Handler {
    const NAME: &'static str = "sweep";
    const TRIGGERS: &'static [Trigger] = &[Trigger {
        topic: "tick",
        subscription: "tick",
        schedule: Some("* * * * *"),
    }];
    const VARIABLES: &'static [EnvVar] = Settings::VARIABLES;
    type Event = Tick;
    type Error = Error;

    async fn handle(&self, tick: Tick, delivery: &Delivery) -> Result<Outcome, Error> {
        if is_old(&tick, delivery.now) {
            let reason = "the tick is old: after an outage all of them come at once";
            return Ok(Outcome::Ignored(reason.to_owned()));
        }
        // A failure of one sweep must not prevent the others.
        let jobs = self.jobs.run(delivery.now).await;
        let projects = self.deployments.run(delivery.now).await;
        let products = self.products.run(delivery.now).await?;
        let (jobs, projects) = (jobs?.overdue, projects?);
        tracing::debug!(
            swept.jobs = jobs,
            swept.projects = projects,
            swept.products = products,
            "swept"
        );
        Ok(Outcome::Done)
    }
}

fn is_old(tick: &Tick, now: Timestamp) -> bool {
    tick.due.is_some_and(|due| now.since(due) > MAX_AGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_that_an_outage_held_back_is_old() {
        let now = Timestamp::from_seconds(1_000);
        for (due, expected) in [
            (Some(879), true),
            (Some(880), false),
            (Some(1_001), false),
            (None, false),
        ] {
            let tick = Tick {
                job: None,
                due: due.map(Timestamp::from_seconds),
            };
            assert_eq!(is_old(&tick, now), expected, "{due:?}");
        }
    }

    #[test]
    fn the_declared_variables_are_those_that_are_read() {
        let names = Handler::VARIABLES.iter().map(|variable| variable.name);
        assert!(names.eq(runtime::variables_of::<Settings>()));
    }
}
