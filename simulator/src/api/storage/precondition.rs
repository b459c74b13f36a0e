//! `ifGenerationMatch` and its kin.

use crate::{Answer, ApiError, Call};
use bytes::Bytes;
use http::{Response, StatusCode};

/// The state of what a request is about: generation and metageneration.
pub(super) type State = Option<(i64, i64)>;

/// The conditions of one request on one resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Preconditions {
    generation: Option<i64>,
    not_generation: Option<i64>,
    metageneration: Option<i64>,
    not_metageneration: Option<i64>,
}

impl Preconditions {
    /// Those of a call; `of` is `Source` for the source of a copy, or empty.
    pub(super) fn of(call: &Call, of: &str) -> Result<Self, ApiError> {
        let read = |what: &str| -> Result<Option<i64>, ApiError> {
            let value = call.query_u64(&format!("if{of}{what}"))?;
            Ok(value.map(|n| i64::try_from(n).unwrap_or(i64::MAX)))
        };
        Ok(Self {
            generation: read("GenerationMatch")?,
            not_generation: read("GenerationNotMatch")?,
            metageneration: read("MetagenerationMatch")?,
            not_metageneration: read("MetagenerationNotMatch")?,
        })
    }

    /// Whether they hold; generation 0 is that of what does not exist.
    ///
    /// # Errors
    /// 412 `conditionNotMet`; 304 for a read whose "not match" fails.
    pub(super) fn check(&self, state: State, read: bool) -> Result<(), ApiError> {
        let (generation, metageneration) = state.unwrap_or((0, 0));
        let differs = |wanted: Option<i64>, is: i64| wanted.is_some_and(|w| w != is);
        if differs(self.generation, generation) || differs(self.metageneration, metageneration) {
            return Err(unmet());
        }
        if self.not_generation == Some(generation)
            || self.not_metageneration == Some(metageneration)
        {
            let mut error = unmet();
            if read {
                error.status = 304;
            }
            return Err(error);
        }
        Ok(())
    }
}

/// A 304 is no error and has no body.
pub(super) fn or_not_modified(answer: Result<Answer, ApiError>) -> Result<Answer, ApiError> {
    match answer {
        Err(error) if error.status == 304 => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            Ok(Answer::Raw(response))
        }
        other => other,
    }
}

fn unmet() -> ApiError {
    ApiError::precondition("At least one of the pre-conditions you specified did not hold.")
}

pub(super) fn no_content() -> crate::Answer {
    let mut response = http::Response::new(bytes::Bytes::new());
    *response.status_mut() = http::StatusCode::NO_CONTENT;
    crate::Answer::Raw(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_alone() {
        let held = |generation, not_generation, metageneration, not_metageneration| Preconditions {
            generation,
            not_generation,
            metageneration,
            not_metageneration,
        };
        let there = Some((7, 2));
        let table = [
            (held(None, None, None, None), there, 0),
            (held(Some(7), None, Some(2), None), there, 0),
            (held(Some(6), None, None, None), there, 412),
            (held(Some(0), None, None, None), there, 412),
            (held(Some(0), None, None, None), None, 0),
            (held(Some(7), None, None, None), None, 412),
            (held(None, Some(7), None, None), there, 304),
            (held(None, Some(6), None, None), there, 0),
            (held(None, Some(0), None, None), None, 304),
            (held(None, None, Some(1), None), there, 412),
            (held(None, None, None, Some(2)), there, 304),
        ];
        for (conditions, state, status) in table {
            let got = conditions
                .check(state, true)
                .map_or_else(|e| e.status, |()| 0);
            assert_eq!(got, status, "{conditions:?} on {state:?}");
            let got = conditions
                .check(state, false)
                .map_or_else(|e| e.status, |()| 0);
            assert_eq!(got != 0, status != 0);
            assert_ne!(got, 304, "a write says 412");
        }
    }
}
