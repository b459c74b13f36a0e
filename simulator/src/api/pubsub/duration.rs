//! `google.protobuf.Duration` in JSON: seconds with an `s`, such as `0.100s`.

use names::Duration;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct ProtoDuration(pub(super) Duration);

impl ProtoDuration {
    pub(super) const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl TryFrom<String> for ProtoDuration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let seconds = text
            .strip_suffix('s')
            .and_then(|number| number.parse().ok());
        seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not a duration such as \"3.5s\""))
    }
}

impl From<ProtoDuration> for String {
    fn from(duration: ProtoDuration) -> Self {
        format!("{}s", duration.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_as_google_does() {
        for (text, millis) in [("600s", 600_000), ("0.1s", 100), ("3.500s", 3500)] {
            let duration = ProtoDuration::try_from(text.to_owned()).expect(text);
            assert_eq!(duration.0, Duration::from_millis(millis), "{text}");
        }
        assert_eq!(String::from(ProtoDuration::seconds(86_400)), "86400s");
        for text in ["", "s", "10", "-1s", "1m", "NaNs"] {
            assert!(ProtoDuration::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
