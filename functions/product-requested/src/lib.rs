//! `product-requested`: a product should be as a spec says.
//!
//! The product is made or changed once, however often the event is delivered, or the
//! ledger and a dead letter say why not and what to do next. What could not be done
//! at once is finished when the sweep publishes it as overdue. Each project that is
//! ready is published to be set up. Which account does that is configuration.

use events::ProductRequested;
use gcp::{Message, Request, methods::pubsub::publish_request};
use ledger::Ledger;
use names::{DatabaseName, Duration, EnvVar, ServiceAccountEmail, TopicName};
use product::Flow;
use runtime::{Delivery, Function, Outcome, Trigger, Wiring};

names::settings! {
    /// The function's configuration.
    pub struct Settings {
        pub database: DatabaseName = "groundcrew_database",
            required("projects/example-project/databases/groundcrew", "the ledger's database");
        pub provisioned: TopicName = "groundcrew_provisioned",
            required(
                "projects/example-project/topics/project-provisioned",
                "the topic on which projects are published that are ready",
            );
        pub setup_account: ServiceAccountEmail = "groundcrew_setup_account",
            required(
                "project-provisioned@example-project.iam.gserviceaccount.com",
                "the account that sets the projects up for jobs",
            );
        pub setup_permissions: Vec<String> = "groundcrew_setup_permissions",
            required(
                "compute.networks.create,compute.networks.get",
                "what that account needs in each project, with commas",
            );
    }
}

impl Settings {
    /// The part that [`product::Factory`] is configured with.
    #[must_use]
    pub fn product(&self) -> product::Settings {
        product::Settings {
            setup_account: self.setup_account.clone(),
            setup_permissions: self.setup_permissions.iter().cloned().collect(),
        }
    }
}

/// The handler of the function `product-requested`.
pub struct Handler {
    flow: Flow,
}

/// The function with the clients of `wiring`.
pub fn build(settings: &Settings, wiring: &Wiring) -> Handler {
    let client = wiring.client.clone();
    let ledger = Ledger::new(client.clone(), settings.database.clone());
    Handler::new(Flow::new(
        client,
        ledger,
        wiring.publisher.clone(),
        settings.provisioned.clone(),
        settings.product(),
    ))
}

/// A sample of every request that it makes, besides dead letters.
#[must_use]
pub fn calls(settings: &Settings) -> Vec<Request> {
    let mut calls = Ledger::update_calls(&settings.database);
    calls.push(publish_request(&settings.provisioned, &Message::default()));
    let spec = product::calls::sample();
    calls.extend(product::calls::requests(&spec, &settings.product()));
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
    const NAME: &'static str = "product-requested";
    /// Google takes minutes to make a project and to enable its APIs; it is the most
    /// that Pub/Sub waits for an acknowledgement.
    const TIME: Duration = Duration::from_secs(600);
    const TRIGGERS: &'static [Trigger] = &[Trigger {
        topic: "product-requested",
        subscription: "product-requested",
        schedule: None,
    }];
    const VARIABLES: &'static [EnvVar] = Settings::VARIABLES;
    type Event = ProductRequested;
    type Error = product::Error;

    async fn handle(
        &self,
        event: ProductRequested,
        delivery: &Delivery,
    ) -> Result<Outcome, product::Error> {
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
