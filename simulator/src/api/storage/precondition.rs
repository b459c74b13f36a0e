//! Preconditions such as `ifGenerationMatch`.

use crate::{ApiError, ApiResponse, Call};
use bytes::Bytes;
use http::{Response, StatusCode};

/// Generation and metageneration of a resource; `None` if it does not exist.
pub(super) type State = Option<(i64, i64)>;

/// The preconditions of a request on one resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Preconditions {
    generation: Option<i64>,
    not_generation: Option<i64>,
    metageneration: Option<i64>,
    not_metageneration: Option<i64>,
}

impl Preconditions {
    /// Reads the preconditions of a call. `of` is `Source` for those on the
    /// source of a copy, else empty.
    pub(super) fn from_call(call: &Call, of: &str) -> Result<Self, ApiError> {
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

    /// Checks the preconditions; a missing resource has generation 0.
    ///
    /// # Errors
    /// 412 `conditionNotMet`; 304 for a read whose "not match" condition fails.
    pub(super) fn check(&self, state: State, read: bool) -> Result<(), ApiError> {
        let (generation, metageneration) = state.unwrap_or((0, 0));
        let differs = |wanted: Option<i64>, is: i64| wanted.is_some_and(|w| w != is);
        if differs(self.generation, generation) || differs(self.metageneration, metageneration) {
            return Err(precondition_failed());
        }
        if self.not_generation == Some(generation)
            || self.not_metageneration == Some(metageneration)
        {
            let mut error = precondition_failed();
            if read {
                error.status = 304;
            }
            return Err(error);
        }
        Ok(())
    }
}

/// Turns a 304 into a response without a body.
pub(super) fn or_not_modified(
    response: Result<ApiResponse, ApiError>,
) -> Result<ApiResponse, ApiError> {
    match response {
        Err(error) if error.status == 304 => {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            Ok(ApiResponse::Raw(response))
        }
        other => other,
    }
}

fn precondition_failed() -> ApiError {
    ApiError::precondition("At least one of the pre-conditions you specified did not hold.")
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
        let existing = Some((7, 2));
        let table = [
            (held(None, None, None, None), existing, 0),
            (held(Some(7), None, Some(2), None), existing, 0),
            (held(Some(6), None, None, None), existing, 412),
            (held(Some(0), None, None, None), existing, 412),
            (held(Some(0), None, None, None), None, 0),
            (held(Some(7), None, None, None), None, 412),
            (held(None, Some(7), None, None), existing, 304),
            (held(None, Some(6), None, None), existing, 0),
            (held(None, Some(0), None, None), None, 304),
            (held(None, None, Some(1), None), existing, 412),
            (held(None, None, None, Some(2)), existing, 304),
        ];
        for (preconditions, state, status) in table {
            let got = preconditions
                .check(state, true)
                .map_or_else(|e| e.status, |()| 0);
            assert_eq!(got, status, "{preconditions:?} on {state:?}");
            let got = preconditions
                .check(state, false)
                .map_or_else(|e| e.status, |()| 0);
            assert_eq!(got != 0, status != 0);
            assert_ne!(got, 304, "a write says 412");
        }
    }
}
