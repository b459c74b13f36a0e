//! Carries out effects. As much as possible, nothing is decided here.

use crate::{Effect, Error, Input, Job, Machine, Presence, Refusal, Settings, insert_request};
use events::{Claim, ExitRecord};
use gcp::{Client, Operation, methods::compute, methods::storage};
use names::{InstanceName, JobId, ObjectName, Zone, label};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// Carries out the effects of the job flow.
pub struct Perform {
    settings: Arc<Settings>,
    /// Acts as the resource manager: machines.
    machines: Client,
    /// Acts as the function itself: objects.
    objects: Client,
}

impl Perform {
    /// Performs as `client`; on machines, as the resource manager that it
    /// impersonates.
    #[must_use]
    pub fn new(settings: Arc<Settings>, client: &Client) -> Self {
        Self {
            machines: client.acting_as(&settings.resource_manager),
            objects: client.clone(),
            settings,
        }
    }

    /// Carries out `effect` on the job's machine; answers what came of it.
    ///
    /// # Errors
    /// A call failed in a way that says nothing of the machine.
    pub async fn effect(&self, id: &JobId, job: &Job, effect: &Effect) -> Result<Input, Error> {
        let attempt = job.attempt;
        let machine = || {
            job.machine().ok_or_else(|| Error::Unreadable {
                what: "the state",
                job: id.clone(),
                fault: format!("{effect:?} without a machine"),
            })
        };
        Ok(match effect {
            Effect::Insert { absent } => Input::Inserted {
                attempt,
                absent: *absent,
                answer: self.insert(id, job, machine()?).await?,
            },
            Effect::Observe => Input::Seen {
                attempt,
                presence: self.observe(id, machine()?).await?,
            },
            Effect::Fence => Input::Fenced {
                attempt,
                claimed: self.fence(id, job).await?,
            },
            Effect::Delete { claimed } => Input::Deleted {
                attempt,
                claimed: *claimed,
                gone: self.remove(id, &machine()?.zone, &id.instance(attempt)).await?,
            },
            Effect::ReadExit => Input::ExitRead {
                attempt,
                record: self.read::<ExitRecord>(id, "the exit record", &id.exit(attempt)).await?,
            },
        })
    }
}
