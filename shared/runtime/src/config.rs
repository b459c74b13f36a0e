//! The runtime's own configuration.

use crate::environment::{ConfigError, environment, read_from};
use names::{Duration, ProjectId, ServiceAccountEmail, TopicName, Variable};
use serde::{Deserialize, Deserializer};

/// The runtime's own configuration, from environment variables.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// `PORT`: where to listen; 8080 if unset.
    #[serde(default = "default_port")]
    pub port: u16,
    /// `GROUNDCREW_ENDPOINT`: the base URL of every API, instead of Google's.
    #[serde(rename = "groundcrew_endpoint")]
    pub endpoint: Option<String>,
    /// `GCE_METADATA_HOST`: the metadata server's `host[:port]`, if not Google's.
    #[serde(rename = "gce_metadata_host")]
    pub metadata_host: Option<String>,
    /// `GROUNDCREW_PUSH_AUTH`: `on`, or `off` away from Cloud Run.
    #[serde(rename = "groundcrew_push_auth", default)]
    pub push_auth: PushAuth,
    /// `GROUNDCREW_PUSH_AUDIENCE`: the audience of push requests' tokens.
    #[serde(rename = "groundcrew_push_audience")]
    pub push_audience: Option<String>,
    /// `GROUNDCREW_PUSH_ACCOUNT`: the account that subscriptions push as.
    #[serde(rename = "groundcrew_push_account")]
    pub push_account: Option<ServiceAccountEmail>,
    /// `GROUNDCREW_JWKS`: where the keys are that sign identity tokens;
    /// Google's if unset.
    #[serde(rename = "groundcrew_jwks", default = "google_jwks")]
    pub jwks: String,
    /// `GROUNDCREW_DEAD_LETTER_TOPIC`: where events go that can never be
    /// handled; into the log if unset.
    #[serde(rename = "groundcrew_dead_letter_topic")]
    pub dead_letter_topic: Option<TopicName>,
    /// `GROUNDCREW_ACK_DEADLINE`: the subscription's `ackDeadlineSeconds`;
    /// 10 if unset, as with Pub/Sub.
    #[serde(
        rename = "groundcrew_ack_deadline",
        default = "pubsub_deadline",
        deserialize_with = "seconds"
    )]
    pub ack_deadline: Duration,
    /// `GROUNDCREW_REQUEST_TIMEOUT`: Cloud Run's timeout of a request, in
    /// seconds; 300 if unset, as with Cloud Run.
    #[serde(
        rename = "groundcrew_request_timeout",
        default = "cloud_run_timeout",
        deserialize_with = "seconds"
    )]
    pub request_timeout: Duration,
    /// `GROUNDCREW_CONCURRENCY`: how many deliveries are in hand at a time, at
    /// the most; 80 if unset, as with Cloud Run.
    #[serde(rename = "groundcrew_concurrency", default = "cloud_run_concurrency")]
    pub concurrency: usize,
    /// `K_SERVICE`: the name of the Cloud Run service, set by Cloud Run.
    #[serde(rename = "k_service")]
    pub service: Option<String>,
    /// `RUST_LOG`: what is logged; `info` if unset, and warnings of the server.
    #[serde(default = "default_log")]
    pub rust_log: String,
}

/// Whether push requests have to prove who they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushAuth {
    /// They do.
    #[default]
    On,
    /// They do not.
    Off,
}

const GOOGLE_JWKS: &str = "https://www.googleapis.com/oauth2/v3/certs";
const LOG: &str = "info,actix_server=warn";

fn default_port() -> u16 {
    8080
}

fn google_jwks() -> String {
    GOOGLE_JWKS.into()
}

fn pubsub_deadline() -> Duration {
    Duration::from_secs(10)
}

fn cloud_run_timeout() -> Duration {
    Duration::from_secs(300)
}

fn cloud_run_concurrency() -> usize {
    80
}

fn default_log() -> String {
    LOG.into()
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u64::deserialize(from).map(Duration::from_secs)
}

/// As with no variable set: authentication is on, and lacks what it needs.
impl Default for Settings {
    fn default() -> Self {
        Self {
            port: default_port(),
            endpoint: None,
            metadata_host: None,
            push_auth: PushAuth::On,
            push_audience: None,
            push_account: None,
            jwks: google_jwks(),
            dead_letter_topic: None,
            ack_deadline: pubsub_deadline(),
            request_timeout: cloud_run_timeout(),
            concurrency: cloud_run_concurrency(),
            service: None,
            rust_log: default_log(),
        }
    }
}

impl Settings {
    /// What they are read from.
    pub const VARIABLES: &[Variable] = &[
        Variable::with_default("PORT", "8080", "where to listen; Cloud Run sets it"),
        Variable::required(
            "GROUNDCREW_PUSH_ACCOUNT",
            "push@example-project.iam.gserviceaccount.com",
            "the account that subscriptions push as; not needed without authentication",
        ),
        Variable::required(
            "GROUNDCREW_PUSH_AUDIENCE",
            "groundcrew/example-project/hello",
            "the audience of push requests' tokens; not needed without authentication",
        ),
        Variable::with_default(
            "GROUNDCREW_PUSH_AUTH",
            "on",
            "on, or off: everybody on the same machine may deliver; refused on Cloud Run",
        ),
        Variable::optional(
            "GROUNDCREW_DEAD_LETTER_TOPIC",
            "projects/example-project/topics/dead-letters",
            "where events go that can never be handled; into the log if unset",
        ),
        Variable::with_default(
            "GROUNDCREW_ACK_DEADLINE",
            "10",
            "the subscription's ackDeadlineSeconds, 10 to 600",
        ),
        Variable::with_default(
            "GROUNDCREW_REQUEST_TIMEOUT",
            "300",
            "Cloud Run's timeout of a request in seconds, 1 to 3600",
        ),
        Variable::with_default(
            "GROUNDCREW_CONCURRENCY",
            "80",
            "how many deliveries are in hand at a time; beyond, 429",
        ),
        Variable::with_default(
            "GROUNDCREW_JWKS",
            GOOGLE_JWKS,
            "where the keys are that sign identity tokens",
        ),
        Variable::optional(
            "GROUNDCREW_ENDPOINT",
            "http://localhost:8090",
            "the base URL of every API, instead of Google's",
        ),
        Variable::optional(
            "GCE_METADATA_HOST",
            "localhost:8091",
            "the metadata server's host and port, if not Google's",
        ),
        Variable::optional(
            "K_SERVICE",
            "hello",
            "the name of the Cloud Run service; Cloud Run sets it",
        ),
        Variable::with_default("RUST_LOG", LOG, "what is logged"),
    ];

    /// Reads the settings from the environment.
    ///
    /// # Errors
    /// Every variable that is missing or malformed.
    pub fn read() -> Result<Self, ConfigError> {
        read_from(environment(), Self::VARIABLES, Self::faults)
    }

    /// Whether a function may serve by these settings.
    ///
    /// # Errors
    /// Every setting that is missing or may not be.
    pub fn check(&self) -> Result<(), ConfigError> {
        let faults = self.faults();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(ConfigError { faults })
        }
    }

    /// How long whoever delivers waits, if a function takes at most `time`.
    pub(crate) fn patience(&self, time: Duration) -> Duration {
        time.min(self.ack_deadline).min(self.request_timeout)
    }

    /// The project that the function is part of, as far as they tell.
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
