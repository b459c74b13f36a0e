//! Performs effects. As far as possible, nothing is decided here.

use crate::{
    DeleteResult, Effect, Error, Input, InsertResult, Job, Machine, MachineStatus, Refusal,
    Settings,
    error::{failed, unreadable},
    insert_request,
    machine::{INSERT, is_labelled},
};
use events::{Claim, ExitObject, ExitRecord, JobSpec};
use gcp::{
    Client, Method, Operation, OperationError, Request,
    methods::{
        compute, iamcredentials,
        storage::{self, Precondition},
    },
};
use ledger::Creation;
use names::{Attempt, Duration, JobId, JobObjects, ObjectName, Timestamp, VolumeName, Zone, label};
use serde::Serialize;
use std::sync::Arc;

/// How long to wait for a delete. One that takes longer is observed later.
const DELETE_WAIT: Duration = Duration::from_secs(10);
/// How many seconds a delete keeps its request ID: after that, a failed one is
/// requested anew.
const DELETE_ID: i64 = 600;

/// Who has the name of an attempt's machine.
enum Holder {
    /// Nobody.
    Absent,
    /// The attempt's machine, by its labels.
    Ours(compute::Instance),
    /// Another machine.
    Other,
}

/// Performs the effects of the job flow.
pub struct EffectRunner {
    settings: Arc<Settings>,
    /// Calls Compute Engine as the resource manager.
    machines: Client,
    /// Calls Cloud Storage as the function itself.
    objects: Client,
}

impl EffectRunner {
    /// A runner with the identity of `client`, which impersonates the resource
    /// manager for calls on machines.
    #[must_use]
    pub fn new(settings: Arc<Settings>, client: &Client) -> Self {
        Self {
            machines: client.acting_as(&settings.resource_manager),
            objects: client.clone(),
            settings,
        }
    }

    /// Performs `effect` on the job's machine and returns its result.
    ///
    /// # Errors
    /// A call failed without telling anything about the machine.
    pub async fn run(&self, id: &JobId, job: &Job, effect: &Effect) -> Result<Input, Error> {
        let attempt = job.attempt;
        let machine = || {
            job.machine().ok_or_else(|| Error::Unreadable {
                what: "the state",
                job: id.clone(),
                fault: format!("{effect:?} without a machine"),
            })
        };
        Ok(match effect {
            Effect::Insert => Input::Inserted {
                attempt,
                result: self.insert(id, job, machine()?).await?,
            },
            Effect::ReadOperation => Input::OperationRead {
                attempt,
                result: self.read_operation(id, job, machine()?).await?,
            },
            Effect::Observe => Input::Observed {
                attempt,
                status: self.observe(id, machine()?).await?,
            },
            Effect::Fence => match self.fence(id, job).await {
                Ok(claimed) => Input::Fenced { attempt, claimed },
                // The folder does not exist, or groundcrew has lost access to it.
                Err(Error::Call { source, .. }) if source.is_denied() => Input::Denied {
                    attempt,
                    claimed: false,
                    reason: self.with_advice(&source),
                },
                Err(error) => return Err(error),
            },
            Effect::Delete { claimed } => self.delete(id, machine()?, *claimed).await?,
            Effect::ReadExit => Input::ExitRead {
                attempt,
                record: self
                    .read_exit(id, &job.objects(id).exit_record(attempt))
                    .await?,
            },
            Effect::CloseExit => Input::ExitRead {
                attempt,
                record: self
                    .close_exit(id, &job.objects(id).exit_record(attempt))
                    .await?,
            },
        })
    }

    async fn insert(
        &self,
        id: &JobId,
        job: &Job,
        machine: &Machine,
    ) -> Result<InsertResult, Error> {
        let spec = job.spec.as_ref().ok_or_else(|| Error::Unreadable {
            what: "the spec",
            job: id.clone(),
            fault: "a machine without a spec".to_owned(),
        })?;
        let request = insert_request(&self.settings, id, spec, machine);
        let with_hint = |refusal| self.with_hint(refusal, spec.volume.as_ref());
        match self.machines.operation(&request).await {
            Ok(operation) => Ok(self.inserted(operation, job)),
            // A machine of that name exists, from an earlier request.
            Err(error) if error.is_conflict() => {
                Ok(match self.find(id, &machine.zone, machine.attempt).await? {
                    Holder::Other => InsertResult::Refused(Refusal::Transient {
                        reason: gcp::chain(&error) + ": it is not groundcrew's",
                    }),
                    Holder::Absent | Holder::Ours(_) => InsertResult::Pending,
                })
            }
            Err(error) => match Refusal::from_call(&error) {
                // The refusal says already what to do about this reason.
                Some(refusal) if error.advice().is_some() => Ok(InsertResult::Refused(refusal)),
                Some(refusal) => Ok(InsertResult::Refused(with_hint(refusal))),
                None => Err(failed("requesting the machine", id)(error)),
            },
        }
    }

    async fn read_operation(
        &self,
        id: &JobId,
        job: &Job,
        machine: &Machine,
    ) -> Result<Option<InsertResult>, Error> {
        let deployment = self.settings.deployment_id();
        let project = &self.settings.project;
        let name = deployment.instance(id, machine.attempt);
        let request_id = deployment.request_id(&name, &machine.zone, INSERT);
        let found =
            compute::operation_of_request(&self.machines, project, &machine.zone, request_id).await;
        let found = found.map_err(failed("finding the operation of the machine", id))?;
        Ok(found.map(|operation| self.inserted(operation, job)))
    }

    fn inserted(&self, operation: Operation, job: &Job) -> InsertResult {
        match operation.error {
            Some(error) => InsertResult::Refused(self.with_hint(refusal(&error), job.volume())),
            None if operation.done => InsertResult::Created,
            None => InsertResult::Pending,
        }
    }

    /// The refusal, with what to do about it where that is known.
    fn with_hint(&self, refusal: Refusal, volume: Option<&VolumeName>) -> Refusal {
        let account = self.settings.account(volume);
        match (refusal, volume) {
            (refusal, Some(volume)) if refusal.reason().contains(account.as_str()) => {
                refusal.with_volume_hint(volume)
            }
            (Refusal::Denied { reason }, _) => Refusal::Denied {
                reason: self.with_access_hint(&reason),
            },
            (refusal, _) => refusal,
        }
    }

    /// The error, and what to do about its reason.
    fn with_advice(&self, error: &gcp::Error) -> String {
        let message = gcp::chain(error);
        match error.advice() {
            Some(advice) => format!("{message}: {advice}"),
            None => self.with_access_hint(&message),
        }
    }

    /// Google's message about a missing permission, and what to do about it.
    fn with_access_hint(&self, message: &str) -> String {
        let Settings {
            project,
            resource_manager,
            ..
        } = &*self.settings;
        format!(
            "{message}: {project} does not let {resource_manager} do that: \
             `groundcrew account status --project {project}` shows its access, `apply` gives it"
        )
    }

    async fn observe(&self, id: &JobId, machine: &Machine) -> Result<MachineStatus, Error> {
        Ok(match self.find(id, &machine.zone, machine.attempt).await? {
            Holder::Ours(instance) => match instance.status.as_str() {
                "STOPPING" | "STOPPED" | "SUSPENDING" | "SUSPENDED" | "TERMINATED" => {
                    MachineStatus::Down
                }
                _ => MachineStatus::Up,
            },
            Holder::Absent | Holder::Other => MachineStatus::Absent,
        })
    }

    /// The machine that has the name of the attempt's machine.
    async fn find(&self, id: &JobId, zone: &Zone, attempt: Attempt) -> Result<Holder, Error> {
        let name = self.settings.deployment_id().instance(id, attempt);
        match compute::get(&self.machines, &self.settings.project, zone, &name).await {
            Ok(instance) if is_labelled(&instance, &self.settings, id, attempt) => {
                Ok(Holder::Ours(instance))
            }
            Ok(_) => Ok(Holder::Other),
            Err(error) if error.is_not_found() || is_unknown_zone(&error) => Ok(Holder::Absent),
            Err(error) => Err(failed("reading the machine", id)(error)),
        }
    }

    async fn is_there(&self, id: &JobId, zone: &Zone, attempt: Attempt) -> Result<bool, Error> {
        let found = self.find(id, zone, attempt).await?;
        Ok(matches!(found, Holder::Ours(_)))
    }

    async fn delete(&self, id: &JobId, machine: &Machine, claimed: bool) -> Result<Input, Error> {
        let attempt = machine.attempt;
        match self.remove_own(id, machine, claimed).await {
            Ok(result) => Ok(Input::Deleted {
                attempt,
                claimed,
                result,
            }),
            Err(Error::Call { source, .. }) if source.is_denied() => Ok(Input::Denied {
                attempt,
                claimed,
                reason: self.with_advice(&source),
            }),
            Err(error) => Err(error),
        }
    }

    /// Deletes the attempt's machine, but none of somebody else's that has its
    /// name. If the attempt is `claimed`, its machine did exist, and the name was
    /// free for it.
    async fn remove_own(
        &self,
        id: &JobId,
        machine: &Machine,
        claimed: bool,
    ) -> Result<DeleteResult, Error> {
        let (zone, attempt) = (&machine.zone, machine.attempt);
        if !claimed && !self.is_there(id, zone, attempt).await? {
            return Ok(DeleteResult::Gone);
        }
        self.remove(id, zone, attempt).await
    }

    /// Deletes a machine, and waits [`DELETE_WAIT`] for it to go.
    pub(crate) async fn remove(
        &self,
        id: &JobId,
        zone: &Zone,
        attempt: Attempt,
    ) -> Result<DeleteResult, Error> {
        let project = &self.settings.project;
        let deployment = self.settings.deployment_id();
        let name = &deployment.instance(id, attempt);
        let window = self.machines.clock().now().as_seconds() / DELETE_ID;
        let request_id = deployment.request_id(name, zone, &format!("delete/{window}"));
        let deleting = compute::delete(&self.machines, project, zone, name, request_id).await;
        let operation = match deleting {
            Ok(operation) => operation,
            Err(error) if error.is_not_found() || is_unknown_zone(&error) => {
                return Ok(DeleteResult::Gone);
            }
            Err(error) => return Err(failed("deleting the machine", id)(error)),
        };
        // Done at once, it answers a repeated request: Google says that it ignores
        // that, whatever became of the first.
        if operation.done {
            return Ok(match self.is_there(id, zone, attempt).await? {
                true => DeleteResult::Pending,
                false => DeleteResult::Gone,
            });
        }
        let name = &operation.name;
        compute::wait_operation(&self.machines, project, zone, name, DELETE_WAIT)
            .await
            .map(|operation| deleted(&operation))
            .map_err(failed("waiting for the machine to go", id))
    }

    /// Creates the claim as revoked, unless it exists; returns whether a machine
    /// created it.
    async fn fence(&self, id: &JobId, job: &Job) -> Result<bool, Error> {
        let claim = Claim::Revoked {
            at: self.objects.clock().now(),
        };
        let object = job.objects(id).claim(job.attempt);
        if self.create(id, &object, &claim).await? == Creation::Created {
            return Ok(false);
        }
        let bytes = self.read(id, &object).await?;
        match serde_json::from_slice(&bytes) {
            Ok(Claim::Revoked { .. }) => Ok(false),
            Ok(Claim::Machine { .. }) => Ok(true),
            Err(fault) => Err(unreadable("the claim", id)(fault)),
        }
    }

    /// Reads the exit record, if there is one.
    async fn read_exit(
        &self,
        id: &JobId,
        object: &ObjectName,
    ) -> Result<Option<ExitRecord>, Error> {
        let bucket = &self.settings.bucket;
        let found = storage::list_objects(&self.objects, bucket, object.as_str())
            .await
            .map_err(failed("looking for the exit record", id))?;
        if found.is_empty() {
            return Ok(None);
        }
        self.read_exit_object(id, object).await
    }

    /// Reads the exit object, which exists.
    async fn read_exit_object(
        &self,
        id: &JobId,
        object: &ObjectName,
    ) -> Result<Option<ExitRecord>, Error> {
        let bytes = self.read(id, object).await?;
        serde_json::from_slice(&bytes)
            .map(ExitObject::into_record)
            .map_err(unreadable("the exit record", id))
    }

    /// Creates the exit object as closed, unless the machine wrote its record,
    /// which is then returned.
    async fn close_exit(
        &self,
        id: &JobId,
        object: &ObjectName,
    ) -> Result<Option<ExitRecord>, Error> {
        let closed = self.objects.clock().now();
        let exit = ExitObject::Closed { closed };
        if self.create(id, object, &exit).await? == Creation::Created {
            return Ok(None);
        }
        self.read_exit_object(id, object).await
    }

    /// Creates an object, unless it exists.
    async fn create(
        &self,
        id: &JobId,
        object: &ObjectName,
        content: &impl Serialize,
    ) -> Result<Creation, Error> {
        let bytes = serde_json::to_vec(content).expect("plain data with string keys");
        let bucket = &self.settings.bucket;
        let json = "application/json";
        let absent = Precondition::Absent;
        match storage::insert_object(&self.objects, bucket, object, json, bytes, absent).await {
            Ok(_) => Ok(Creation::Created),
            Err(error) if error.is_precondition() => Ok(Creation::Existed),
            // Without the bucket nobody can start an attempt either.
            Err(error) if error.is_not_found() => Ok(Creation::Created),
            // Should Google ask for `storage.objects.delete` before it looks
            // at the precondition, an object that is there answers 403.
            Err(error) if error.is_denied() && self.read(id, object).await.is_ok() => {
                Ok(Creation::Existed)
            }
            Err(error) => Err(failed("writing to the bucket", id)(error)),
        }
    }

    async fn read(&self, id: &JobId, object: &ObjectName) -> Result<bytes::Bytes, Error> {
        storage::read_object(&self.objects, &self.settings.bucket, object)
            .await
            .map_err(failed("reading from the bucket", id))
    }

    /// Every machine with this deployment's label.
    pub(crate) async fn machines(&self) -> Result<Vec<compute::Instance>, Error> {
        let filter = format!(
            "labels.{}={}",
            label::DEPLOYMENT,
            self.settings.deployment_id()
        );
        compute::aggregated_list(&self.machines, &self.settings.project, &filter)
            .await
            .map(|found| found.instances)
            .map_err(Error::Inventory)
    }
}

/// Samples of its requests, for the roles that allow them.
impl EffectRunner {
    /// Every request on machines, which it makes as the resource manager.
    #[must_use]
    pub fn machine_calls(settings: &Settings) -> Vec<Request> {
        let Some(zone) = settings.zones.first() else {
            return Vec::new();
        };
        let id: JobId = "sample".parse().expect("a valid id");
        let machine = Machine {
            attempt: Attempt::FIRST,
            zone: zone.clone(),
            requested_at: Timestamp::from_seconds(0),
            host_event: None,
        };
        // A GPU and Spot: the most permissions that an insert can need.
        let mut spec = JobSpec::new(vec!["true".into()]);
        spec.gpu = "nvidia-tesla-t4:1".parse().ok();
        spec.spot = true;
        let project =
            |method: &'static Method| Request::new(method).path("project", &settings.project);
        let zonal = |method: &'static Method| project(method).path("zone", zone);
        let name = settings.deployment_id().instance(&id, Attempt::FIRST);
        let instance = |method: &'static Method| zonal(method).path("instance", &name);
        vec![
            insert_request(settings, &id, &spec, &machine),
            instance(&compute::INSTANCES_GET),
            instance(&compute::INSTANCES_DELETE),
            project(&compute::INSTANCES_AGGREGATED_LIST),
            zonal(&compute::ZONE_OPERATIONS_LIST),
            zonal(&compute::ZONE_OPERATIONS.get).path("operation", "sample"),
            zonal(&compute::ZONE_OPERATIONS.wait).path("operation", "sample"),
        ]
    }

    /// Every request that it makes as the function itself: on claims and exit
    /// records, and to impersonate the resource manager. Any function of the
    /// flow may have to finish what another began; only [`Self::listing_calls`]
    /// are not among them.
    #[must_use]
    pub fn calls(settings: &Settings) -> Vec<Request> {
        let objects = JobObjects::new(&"sample".parse().expect("a valid id"), None);
        let on = |method: &'static Method| Request::new(method).path("bucket", &settings.bucket);
        let manager = &settings.resource_manager;
        vec![
            on(&storage::OBJECTS_INSERT)
                .query("name", objects.claim(Attempt::FIRST))
                .query("ifGenerationMatch", 0),
            on(&storage::OBJECTS_GET_MEDIA).path("object", objects.exit_record(Attempt::FIRST)),
            Request::new(&iamcredentials::GENERATE_ACCESS_TOKEN)
                .path("name", format!("projects/-/serviceAccounts/{manager}")),
        ]
    }

    /// The request that looks for an exit record. It follows the observation of
    /// an overdue job's machine, and only `job-changed` handles overdue jobs.
    #[must_use]
    pub fn listing_calls(settings: &Settings) -> Vec<Request> {
        vec![Request::new(&storage::OBJECTS_LIST).path("bucket", &settings.bucket)]
    }
}

fn deleted(operation: &Operation) -> DeleteResult {
    match operation.done && operation.error.is_none() {
        true => DeleteResult::Gone,
        false => DeleteResult::Pending,
    }
}

fn refusal(error: &OperationError) -> Refusal {
    let (code, message) = error.codes.first().cloned().unwrap_or_default();
    Refusal::from_code(&code, &message, &error.zones_available)
}

/// Whether Compute Engine says that the zone does not exist, which it does with
/// status 400 and only in the message (unverified: the message is the
/// simulator's). The insert was refused for the same reason, so there is no
/// machine.
fn is_unknown_zone(error: &gcp::Error) -> bool {
    matches!(&error.kind, gcp::ErrorKind::Status { status: 400, message, .. } if message.contains("Unknown zone"))
}

#[cfg(test)]
mod tests;
