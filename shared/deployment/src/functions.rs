//! The one table of functions: what the services, images, subscriptions and topics
//! of a deployment follow from. Pure.

use crate::{Deployment, Identity};
use jobs::Identity as Jobs;
use names::Duration;

/// A function of the deployment. Its service and its image have the name of its
/// identity; the account may have a longer one ([`crate::account`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeployedFunction {
    /// Who it acts as.
    pub identity: Identity,
    /// The topics whose messages are pushed to it. Each has one subscription, of the
    /// same name.
    pub topics: &'static [&'static str],
    /// How long it may take to respond, at most 10 minutes.
    pub ack_deadline: Duration,
    /// How often a message that it does not acknowledge is pushed again.
    pub redelivery: Redelivery,
}

/// How long a message is kept, and how often it is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redelivery {
    /// How long the subscription keeps it.
    pub retention: Duration,
    /// The longest pause between attempts.
    pub max_backoff: Duration,
    /// After how many attempts it is a dead letter; `None` if it may be lost.
    pub attempts: Option<u32>,
}

/// The acknowledgement deadline of most functions. They respond in time even if
/// they wait 10 s for a machine to be deleted.
pub const ACK_DEADLINE: Duration = Duration::from_secs(60);

/// Events that must not be lost: with the maxima of Pub/Sub, a message survives an
/// outage of 15 hours before it is a dead letter.
const KEPT: Redelivery = Redelivery {
    retention: Duration::from_secs(7 * 86_400),
    max_backoff: Duration::from_secs(600),
    attempts: Some(100),
};

/// Ticks: the next one comes within a minute. They are kept for as short as Pub/Sub
/// permits.
const TICKS: Redelivery = Redelivery {
    retention: Duration::from_secs(600),
    max_backoff: Duration::from_secs(60),
    attempts: None,
};

const fn function(
    identity: Identity,
    topics: &'static [&'static str],
    ack_deadline: Duration,
    redelivery: Redelivery,
) -> DeployedFunction {
    DeployedFunction {
        identity,
        topics,
        ack_deadline,
        redelivery,
    }
}

/// Every function that a deployment consists of, in the order of
/// `deploy/services.yaml`.
pub const FUNCTIONS: [DeployedFunction; 6] = [
    function(
        Identity::Jobs(Jobs::JobQueued),
        &["job-queued"],
        ACK_DEADLINE,
        KEPT,
    ),
    function(
        Identity::Jobs(Jobs::JobChanged),
        &["job-changed", "job-reported"],
        ACK_DEADLINE,
        KEPT,
    ),
    function(
        Identity::Jobs(Jobs::MaintenanceNoticed),
        &["maintenance-noticed"],
        ACK_DEADLINE,
        KEPT,
    ),
    // The setup of a project takes minutes; this is Pub/Sub's maximum.
    function(
        Identity::ProjectProvisioned,
        &["project-provisioned"],
        Duration::from_secs(600),
        KEPT,
    ),
    // So does the making of a product.
    function(
        Identity::ProductRequested,
        &["product-requested"],
        Duration::from_secs(600),
        KEPT,
    ),
    function(Identity::Jobs(Jobs::Sweep), &["tick"], ACK_DEADLINE, TICKS),
];

impl DeployedFunction {
    /// What its service and its image are called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.identity.name()
    }
}

/// The acknowledgement deadline of the function of this name.
///
/// # Panics
/// If there is no such function.
#[must_use]
pub fn ack_deadline(function: &str) -> Duration {
    let row = FUNCTIONS.iter().find(|row| row.name() == function);
    row.unwrap_or_else(|| panic!("no function {function}"))
        .ack_deadline
}

/// The audience of the identity tokens in push requests to `function`.
#[must_use]
pub fn audience(deployment: &Deployment, function: &str) -> String {
    format!("groundcrew/{}/{function}", deployment.home)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_deployments_topics_are_those_of_the_functions() {
        let deployment = Deployment::local();
        let named = [
            &deployment.queue,
            &deployment.topics.changes,
            &deployment.settings.reports,
            &deployment.maintenance,
            &deployment.provisioned,
            &deployment.products,
            &deployment.ticks,
        ];
        let named: BTreeSet<&str> = named.map(names::TopicName::id).into();
        let all = FUNCTIONS.iter().flat_map(|function| function.topics);
        assert_eq!(all.copied().collect::<BTreeSet<_>>(), named);
    }
}
