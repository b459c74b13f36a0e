//! The metadata server.

use crate::{ApiError, Cloud, Guest, Reply, call::Audit, error::Dialect};
use bytes::Bytes;
use http::Request;
use names::Timestamp;

impl Cloud {
    /// Answers a request to the metadata server of `guest`.
    pub fn metadata(
        &mut self,
        guest: &Guest,
        request: &Request<Bytes>,
        arrived: Timestamp,
        now: Timestamp,
    ) -> Reply {
        let _ = (guest, request, arrived, now);
        let response = ApiError::unimplemented("metadata").into_response(Dialect::Rpc);
        let audit = Audit {
            time: now,
            principal: String::new(),
            api: "metadata",
            method: "",
            resource: String::new(),
            permissions: Vec::new(),
            status: 501,
        };
        Reply::Ready(response, Box::new(audit))
    }
}
