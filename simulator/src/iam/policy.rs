//! Policies of resources.

use crate::{Answer, ApiError, Call, Cloud};

pub(crate) fn policy_get(_: &mut Cloud, _: &str, _: &Call) -> Result<Answer, ApiError> {
    Err(ApiError::unimplemented("getIamPolicy"))
}

pub(crate) fn policy_set(_: &mut Cloud, _: &str, _: &Call) -> Result<Answer, ApiError> {
    Err(ApiError::unimplemented("setIamPolicy"))
}

pub(crate) fn policy_test(_: &mut Cloud, _: &str, _: &Call) -> Result<Answer, ApiError> {
    Err(ApiError::unimplemented("testIamPermissions"))
}

impl Cloud {
    /// An id token of `email` for `audience`.
    pub fn id_token(
        &mut self,
        email: &str,
        audience: &str,
        _claims: serde_json::Map<String, serde_json::Value>,
        _now: names::Timestamp,
    ) -> String {
        format!("{email} for {audience}")
    }
}
