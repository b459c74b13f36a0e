//! What users do, and what they and the operator see.

use super::World;
use crate::retry::retry_for;
use bytes::Bytes;
use events::JobSpec;
use groundcrew::local::install;
use http::Request;
use jobs::Job;
use ledger::Ledger;
use names::{Duration, JobId, JobObjects};
use serde_json::{Value, json};
use simulator::{CloudResponse, iam::Principal};
use std::sync::PoisonError;

impl World {
    /// Submits a job, with the event that `groundcrew job submit` publishes.
    pub fn submit(&self, id: &JobId, spec: &JobSpec) {
        let data = serde_json::to_value(spec).expect("a spec is plain data");
        self.publish(
            &self.deployment.queue.to_string(),
            &data,
            &[("job", id.as_str())],
        );
    }

    /// Cancels a job.
    pub fn cancel(&self, id: &JobId) {
        let event = json!({ "kind": "cancelled", "job": id });
        self.publish(&self.deployment.topics.changes.to_string(), &event, &[]);
    }

    /// Creates an instance with these labels as the operator.
    pub async fn launch(&self, zone: &str, name: &str, labels: &Value) {
        let settings = &self.deployment.settings;
        let zone_path = self.path(zone, "");
        let region = zone.rsplit_once('-').map_or(zone, |(region, _)| region);
        let body = json!({
            "name": name,
            "machineType": format!("zones/{zone}/machineTypes/e2-standard-2"),
            "labels": labels,
            "disks": [{
                "boot": true, "autoDelete": true,
                "initializeParams": { "sourceImage": settings.image },
            }],
            "networkInterfaces": [{ "subnetwork": format!(
                "projects/{}/regions/{region}/subnetworks/{}",
                settings.project, settings.subnetwork
            ) }],
        });
        self.operate("POST", zone_path.trim_end_matches('/'), &body)
            .await;
    }

    /// Publishes JSON to a topic.
    pub fn publish(&self, topic: &str, data: &Value, attributes: &[(&str, &str)]) {
        self.publish_text(topic, &data.to_string(), attributes);
    }

    /// Publishes text to a topic, which need not be JSON.
    ///
    /// # Panics
    /// If the topic does not exist.
    pub fn publish_text(&self, topic: &str, text: &str, attributes: &[(&str, &str)]) {
        let attributes = attributes
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        self.host.with(|cloud, now| {
            cloud
                .publish_from_system(topic, text.as_bytes(), attributes, now)
                .expect("the topic is there");
        });
    }

    /// The job's record in the ledger.
    ///
    /// # Panics
    /// If the ledger cannot be read.
    pub async fn job(&self, id: &JobId) -> Option<Job> {
        let ledger = Ledger::new(self.operator(), self.deployment.settings.database.clone());
        let entry = ledger.get::<Job>(id).await.expect("the ledger reads");
        entry.map(|entry| entry.record)
    }

    /// Waits until all jobs are done, for at most `longest`, and returns those that
    /// are not.
    pub async fn wait(&self, ids: &[JobId], longest: Duration) -> Vec<JobId> {
        let mut open = Vec::new();
        let all_done = retry_for(longest, Duration::from_secs(120), async || {
            open.clear();
            for id in ids {
                let job = self.job(id).await;
                if job.is_none_or(|job| job.outcome().is_none()) {
                    open.push(id.clone());
                }
            }
            open.is_empty().then_some(())
        });
        all_done.await;
        open
    }

    /// The names of the instances with the deployment's label.
    pub async fn machines(&self) -> Vec<String> {
        let filter = format!(
            "labels.{}={}",
            names::label::DEPLOYMENT,
            self.deployment.settings.deployment_id()
        );
        let project = &self.deployment.settings.project;
        let found =
            gcp::methods::compute::aggregated_list(&self.operator(), project, &filter).await;
        let found = found.expect("the operator may list");
        found
            .instances
            .into_iter()
            .map(|instance| instance.name)
            .collect()
    }

    /// Whether the bucket has an exit record with the job's success.
    #[must_use]
    pub fn has_succeeded(&self, job: &JobObjects) -> bool {
        (1..=20).any(|number| {
            let attempt = number.try_into().expect("from 1");
            let record = self.object(job.exit_record(attempt).as_str());
            record.is_some_and(|record| record["exit_status"]["code"] == 0)
        })
    }

    /// How many of the first 20 attempts recorded that the command failed.
    #[must_use]
    pub fn recorded_failures(&self, job: &JobObjects) -> usize {
        let failed = |number: &u32| {
            let attempt = (*number).try_into().expect("from 1");
            let record = self.object(job.exit_record(attempt).as_str());
            let status = record.map(|record| record["exit_status"].clone());
            status.is_some_and(|status| !status.is_null() && status["code"] != 0)
        };
        (1..=20).filter(failed).count()
    }

    /// Whether `instance` has the claim of an attempt.
    #[must_use]
    pub fn holds_claim(&self, job: &JobObjects, attempt: names::Attempt, instance: &str) -> bool {
        let claim = self.object(job.claim(attempt).as_str());
        claim.is_some_and(|claim| claim["instance_id"] == instance)
    }

    /// An object of the deployment's bucket, as JSON.
    fn object(&self, name: &str) -> Option<Value> {
        let bucket = &self.deployment.settings.bucket;
        let name = name.replace('/', "%2F");
        self.read(&format!("/storage/v1/b/{bucket}/o/{name}?alt=media"))
    }

    fn read(&self, path: &str) -> Option<Value> {
        self.host.with(|cloud, now| {
            let token = cloud.mint(&Principal::user(install::OPERATOR), now);
            let request = Request::get(path)
                .header("authorization", format!("Bearer {token}"))
                .body(Bytes::new())
                .expect("a request");
            match cloud.handle(&request, "", now, now) {
                CloudResponse::Ready(response, _) if response.status().is_success() => {
                    serde_json::from_slice(response.body()).ok()
                }
                CloudResponse::Ready(..) | CloudResponse::WaitUntil(_) => None,
            }
        })
    }

    /// The permissions that were denied, with principal, method and resource.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        let audit = self.audit.lock().unwrap_or_else(PoisonError::into_inner);
        audit
            .iter()
            .flat_map(|call| {
                call.permissions
                    .iter()
                    .filter(|p| !p.granted)
                    .map(move |p| (call, p))
            })
            .map(|(call, check)| {
                format!(
                    "{} {}: {} on {}",
                    call.principal, call.method, check.permission, check.resource
                )
            })
            .collect()
    }
}
