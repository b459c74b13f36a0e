//! The event that submits a job.

use super::spec::JobSpec;
use crate::{DecodeError, Envelope};
use names::JobId;

/// The event `job-queued`: a job was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobQueued {
    /// Job ID: attribute `job`, else derived from the message id.
    pub job: JobId,
    /// The spec, or why it is not valid. A job with an invalid spec is recorded as
    /// rejected, so that its submitter can see the reason.
    pub spec: Result<JobSpec, DecodeError>,
}

impl TryFrom<&Envelope> for JobQueued {
    type Error = DecodeError;

    fn try_from(envelope: &Envelope) -> Result<Self, DecodeError> {
        let job = match envelope.attributes.get("job") {
            Some(id) => id.parse(),
            None if envelope.message_id.is_empty() => {
                let reason = "is missing, and the delivery has no message id to use instead";
                return Err(DecodeError::new("attribute job", reason));
            }
            None => format!("m-{}", envelope.message_id).parse(),
        };
        let spec = envelope.json::<JobSpec>("job spec").and_then(|spec| {
            spec.check()?;
            Ok(spec)
        });
        Ok(Self {
            job: job.map_err(|e| DecodeError::new("attribute job", e))?,
            spec,
        })
    }
}
