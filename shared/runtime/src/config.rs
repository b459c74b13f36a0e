//! The runtime's own configuration.

use crate::environment::{ConfigError, environment, read_from, read_with_examples};
use names::{Duration, ProjectId, ServiceAccountEmail, TopicName};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

names::settings! {
    /// The runtime's own configuration.
    pub struct Settings {
        pub port: u16 = "port",
            with_default("8080", "where to listen; Cloud Run sets it");
        pub push_account: Option<ServiceAccountEmail> = "groundcrew_push_account",
            required(
                "push@example-project.iam.gserviceaccount.com",
                "the account that subscriptions push as; not needed without authentication",
            );
        pub push_audience: Option<String> = "groundcrew_push_audience",
            required(
                "groundcrew/example-project/hello",
                "the audience of push requests' tokens; not needed without authentication",
            );
        pub push_auth: PushAuth = "groundcrew_push_auth",
            with_default(
                "on",
                "on, or off: everybody on the same machine may deliver; refused on Cloud Run",
            );
        pub dead_letter_topic: Option<TopicName> = "groundcrew_dead_letter_topic",
            optional(
                "projects/example-project/topics/dead-letters",
                "where events go that can never be handled; into the log if unset",
            );
        /// The default is Pub/Sub's.
        #[serde(deserialize_with = "seconds")]
        pub ack_deadline: Duration = "groundcrew_ack_deadline",
            with_default("10", "the subscription's ackDeadlineSeconds, 10 to 600");
        /// The default is Cloud Run's.
        #[serde(deserialize_with = "seconds")]
        pub request_timeout: Duration = "groundcrew_request_timeout",
            with_default("300", "Cloud Run's timeout of a request in seconds, 1 to 3600");
        /// The default is Cloud Run's.
        pub concurrency: usize = "groundcrew_concurrency",
            with_default("80", "how many deliveries are in hand at a time; beyond, 429");
        pub jwks: String = "groundcrew_jwks",
            with_default(
                "https://www.googleapis.com/oauth2/v3/certs",
                "where the keys are that sign identity tokens",
            );
        pub endpoint: Option<String> = "groundcrew_endpoint",
            optional("http://localhost:8090", "the base URL of every API, instead of Google's");
        pub metadata_host: Option<String> = "gce_metadata_host",
            optional("localhost:8091", "the metadata server's host and port, if not Google's");
        pub service: Option<String> = "k_service",
            optional("hello", "the name of the Cloud Run service; Cloud Run sets it");
        pub rust_log: String = "rust_log",
            with_default("info", "what is logged");
    }
}

/// Whether push requests must carry an identity token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushAuth {
    /// Requests without a valid token are refused.
    On,
    /// Tokens are not looked at; only the loopback interface is listened on.
    Off,
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_secs)
}

/// As with no variable set: authentication is on, and lacks what it needs.
impl Default for Settings {
    fn default() -> Self {
        let (settings, _) = read_with_examples(BTreeMap::new(), Self::VARIABLES);
        settings.expect("every variable has a default or may be missing")
    }
}

impl Settings {
    /// Reads the settings from the environment.
    ///
    /// # Errors
    /// Every variable that is missing or malformed.
    pub fn read() -> Result<Self, ConfigError> {
        read_from(environment(), Self::VARIABLES, Self::faults)
    }

    /// Checks that a function can be served with these settings.
    ///
    /// # Errors
    /// Every setting that is missing or out of range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let faults = self.faults();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(ConfigError { faults })
        }
    }

    /// How long a delivery may take before its sender gives up on it, if the
    /// function takes at most `time`.
    pub(crate) fn delivery_timeout(&self, time: Duration) -> Duration {
        time.min(self.ack_deadline).min(self.request_timeout)
    }

    /// The function's project, taken from the dead-letter topic or else from the
    /// push account; `None` if neither names it.
    pub(crate) fn project(&self) -> Option<ProjectId> {
        let topic = self.dead_letter_topic.as_ref();
        let pusher = || {
            let (_, host) = self.push_account.as_ref()?.as_str().split_once('@')?;
            host.strip_suffix(".iam.gserviceaccount.com")?.parse().ok()
        };
        topic.map(|topic| topic.project().clone()).or_else(pusher)
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        let on = self.push_auth == PushAuth::On;
        let faults = [
            (
                !on && self.service.is_some(),
                "GROUNDCREW_PUSH_AUTH: off is refused on Cloud Run",
            ),
            (
                on && self.push_account.is_none(),
                "GROUNDCREW_PUSH_ACCOUNT is not set",
            ),
            (
                on && self.push_audience.is_none(),
                "GROUNDCREW_PUSH_AUDIENCE is not set",
            ),
            (
                !(10..=600).contains(&self.ack_deadline.as_secs()),
                "GROUNDCREW_ACK_DEADLINE: not from 10 to 600",
            ),
            (
                !(1..=3600).contains(&self.request_timeout.as_secs()),
                "GROUNDCREW_REQUEST_TIMEOUT: not from 1 to 3600",
            ),
            (
                self.concurrency == 0,
                "GROUNDCREW_CONCURRENCY: not 1 or more",
            ),
        ];
        let faults = faults.into_iter().filter(|(faulty, _)| *faulty);
        faults.map(|(_, fault)| fault.to_owned()).collect()
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
