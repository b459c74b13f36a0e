//! Configuration: from the environment, once, with all faults together.

use names::{ServiceAccountEmail, TopicName};
use serde::{Deserialize, de::DeserializeOwned};
use std::{cell::RefCell, collections::BTreeMap};
use thiserror::Error;

/// What the runtime itself is told by the environment.
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
    /// `GROUNDCREW_DEAD_LETTER_TOPIC`: where events go that can never be handled.
    #[serde(rename = "groundcrew_dead_letter_topic")]
    pub dead_letter_topic: TopicName,
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

fn default_port() -> u16 {
    8080
}

fn google_jwks() -> String {
    "https://www.googleapis.com/oauth2/v3/certs".into()
}

fn default_log() -> String {
    "info,actix_server=warn".into()
}

impl Settings {
    /// Reads the settings from the environment.
    ///
    /// # Errors
    /// Every variable that is missing or malformed.
    pub fn read() -> Result<Self, ConfigError> {
        read_from(environment(), Self::faults)
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

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        match self.push_auth {
            PushAuth::Off if self.service.is_some() => {
                faults.push("GROUNDCREW_PUSH_AUTH: off is refused on Cloud Run".into());
            }
            PushAuth::Off => {}
            PushAuth::On => {
                let needed = [
                    ("GROUNDCREW_PUSH_ACCOUNT", self.push_account.is_none()),
                    ("GROUNDCREW_PUSH_AUDIENCE", self.push_audience.is_none()),
                ];
                let missing = needed.iter().filter(|(_, missing)| *missing);
                faults.extend(missing.map(|(name, _)| format!("{name} is not set")));
            }
        }
        faults
    }
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}", faults.join("\n"))]
pub struct ConfigError {
    /// One fault each, beginning with the variable's name.
    pub faults: Vec<String>,
}

/// Reads `T` from the environment: each field from the variable of its name in
/// upper case. A variable that is blank counts as unset.
///
/// # Errors
/// Every variable that is missing or malformed, with its value: give a secret
/// a type whose errors do not show it.
pub fn read<T: DeserializeOwned>() -> Result<T, ConfigError> {
    read_from(environment(), |_| Vec::new())
}

fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// What stands in for a variable at fault, so that the next fault is found:
/// serde stops at the first.
const STAND_INS: &[&str] = &[
    "1",
    "true",
    "stand-in-1",
    "us-central1-a",
    "stand-in@stand-in.iam.gserviceaccount.com",
    "projects/stand-in/topics/stand-in",
    "projects/stand-in/subscriptions/stand-in",
    "projects/stand-in/databases/stand-in",
    "http://stand-in.invalid",
];

/// Reads `T` from variables, then asks `check` what is wrong with the whole.
pub(crate) fn read_from<T: DeserializeOwned>(
    variables: impl IntoIterator<Item = (String, String)>,
    check: impl Fn(&T) -> Vec<String>,
) -> Result<T, ConfigError> {
    let mut variables: BTreeMap<String, String> = variables
        .into_iter()
        .map(|(name, value)| (name, value.trim().to_owned()))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let mut faulty: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let mut faults = loop {
        let (name, fault) = match attempt(&variables) {
            Ok(value) => {
                let faults = check(&value);
                if faulty.is_empty() && faults.is_empty() {
                    return Ok(value);
                }
                break faults;
            }
            Err((Some(name), fault)) => (name, fault),
            Err((None, fault)) => break vec![fault],
        };
        let (_, tries) = faulty.entry(name.clone()).or_insert((fault, 0));
        let Some(stand_in) = STAND_INS.get(*tries) else {
            break vec!["there may be more faults".to_owned()];
        };
        *tries += 1;
        variables.insert(name, (*stand_in).to_owned());
    };
    faults.splice(0..0, faulty.into_values().map(|(fault, _)| fault));
    Err(ConfigError { faults })
}

/// Reads `T`; the error names the variable at fault, if it is one.
fn attempt<T: DeserializeOwned>(
    variables: &BTreeMap<String, String>,
) -> Result<T, (Option<String>, String)> {
    // envy reads one variable at a time, so the last that it took is at fault.
    let last = RefCell::new(None);
    let mut rest = variables.iter();
    let taken = std::iter::from_fn(|| {
        let next = rest.next();
        last.replace(next.map(|(name, _)| name.clone()));
        next.map(|(name, value)| (name.clone(), value.clone()))
    });
    let error = match envy::from_iter(taken) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    Err(match error {
        envy::Error::MissingValue(name) => {
            let name = name.to_uppercase();
            let fault = format!("{name} is not set");
            (Some(name), fault)
        }
        envy::Error::Custom(fault) => match last.take() {
            Some(name) => {
                let fault = format!("{name}: {fault}");
                (Some(name), fault)
            }
            None => (None, fault),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use names::{Duration, Zone};

    fn vars(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(own).collect()
    }

    fn settings(pairs: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        read_from(vars(pairs), Settings::faults).map_err(|e| e.faults)
    }

    const TOPIC: (&str, &str) = (
        "GROUNDCREW_DEAD_LETTER_TOPIC",
        "projects/demo-project/topics/dead",
    );

    #[test]
    fn every_fault_is_reported_at_once() {
        let faults = settings(&[
            ("PORT", "http"),
            ("GROUNDCREW_PUSH_ACCOUNT", "me"),
            ("GROUNDCREW_PUSH_AUDIENCE", "  "),
            ("PATH", "/bin"),
        ])
        .expect_err("faulty");
        let names: Vec<_> = faults
            .iter()
            .map(|fault| fault.split([':', ' ']).next().unwrap_or_default())
            .collect();
        assert_eq!(
            names,
            [
                "GROUNDCREW_DEAD_LETTER_TOPIC",
                "GROUNDCREW_PUSH_ACCOUNT",
                "PORT",
                "GROUNDCREW_PUSH_AUDIENCE"
            ],
            "{faults:#?}"
        );
        assert!(faults[1].contains("service account \"me\" is not valid"));
    }

    #[test]
    fn a_functions_own_faults_as_well() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only read")]
        struct Config {
            zone: Zone,
            topic: TopicName,
            tries: u8,
            fast: bool,
            kind: PushAuth,
            other: Option<Duration>,
        }
        let faults = read_from::<Config>(vars(&[("FAST", "maybe")]), |_| Vec::new())
            .expect_err("faulty")
            .faults;
        // No stand-in is a kind, so the list says that it may not be whole.
        assert!(faults.iter().any(|f| f.starts_with("FAST: ")), "{faults:?}");
        for fault in ["ZONE is not set", "TOPIC is not set", "TRIES is not set"] {
            assert!(faults.iter().any(|f| f == fault), "{faults:?}");
        }
        assert_eq!(faults[faults.len() - 1], "there may be more faults");
    }

    #[test]
    fn authentication_is_on_unless_said_otherwise_and_always_on_cloud_run() {
        let off = ("GROUNDCREW_PUSH_AUTH", "off");
        assert_eq!(settings(&[TOPIC]).expect_err("no account").len(), 2);
        assert_eq!(settings(&[TOPIC, off]).expect("on a laptop").port, 8080);
        assert_eq!(
            settings(&[TOPIC, off, ("K_SERVICE", "hello")]).expect_err("on Cloud Run"),
            ["GROUNDCREW_PUSH_AUTH: off is refused on Cloud Run"]
        );
        let unclear = settings(&[TOPIC, ("GROUNDCREW_PUSH_AUTH", "no")]).expect_err("unclear");
        assert!(
            unclear[0].starts_with("GROUNDCREW_PUSH_AUTH: "),
            "{unclear:?}"
        );
    }
}
