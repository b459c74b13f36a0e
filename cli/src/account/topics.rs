//! Whether the caller may grant access to the topics in groundcrew's own project
//! that a customer's project publishes to, which takes control over their
//! policies.

use account::{Settings, Setup, Spec, instances_account};
use anyhow::{Result, anyhow};
use gcp::Client;
use names::TopicName;

/// The settings, with those topics as closed whose policies the caller cannot
/// access.
pub(super) async fn check_topics(client: &Client, mut settings: Settings) -> Result<Settings> {
    let topics = [&settings.reports, &settings.maintenance];
    let topics: Vec<TopicName> = topics.into_iter().flatten().cloned().collect();
    for topic in topics {
        match client.policy(&topic).await {
            Ok(_) => {}
            Err(error) if error.lacks_permission() || error.is_not_found() => {
                settings.closed_topics.insert(topic);
            }
            Err(error) => return Err(anyhow!(error)),
        }
    }
    Ok(settings)
}

/// What the owners of the closed topics have to do: let machines publish their
/// reports and, if there is one, the project's sink.
pub(super) async fn instructions(
    setup: &Setup,
    spec: &Spec,
    settings: &Settings,
) -> Result<Vec<String>> {
    let is_closed = |topic: &&TopicName| settings.closed_topics.contains(*topic);
    let mut all = Vec::new();
    if let Some(topic) = settings.reports.as_ref().filter(is_closed) {
        let member = format!("serviceAccount:{}", instances_account(&spec.project));
        all.push(instruction("machines publish reports", topic, &member));
    }
    if let Some(topic) = settings.maintenance.as_ref().filter(is_closed)
        && let Some(member) = setup.sink_writer().await?
    {
        let what = "the project's sink publishes what happens to the hosts of machines";
        all.push(instruction(what, topic, &member));
    }
    Ok(all)
}

fn instruction(what: &str, topic: &TopicName, member: &str) -> String {
    format!(
        "{what} to {topic}, whose policy you cannot access; ask its owner to run\n  \
         gcloud pubsub topics add-iam-policy-binding {topic} \
         --member={member} --role=roles/pubsub.publisher\n\
         and after a deletion the same with remove-iam-policy-binding"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use deployment::{Deployment, project_settings};
    use gcp::{BoxFuture, Endpoints, RetryPolicy, SendError, Transport, credentials::StaticToken};
    use http::{Request, Response};
    use runtime::SystemClock;
    use std::sync::Arc;

    /// Answers everything with this status.
    struct Answers(u16);

    impl Transport for Answers {
        fn send(&self, _: Request<Bytes>) -> BoxFuture<'_, Result<Response<Bytes>, SendError>> {
            let answer = Response::builder().status(self.0).body("{}".into());
            Box::pin(async { Ok(answer.expect("an answer")) })
        }
    }

    #[tokio::test]
    async fn a_topic_that_the_caller_cannot_access_is_left_to_its_owner() {
        let spec = Spec::of("customer-project".parse().expect("valid"));
        for (status, accessible) in [
            (200, Some(true)),
            (403, Some(false)),
            (404, Some(false)),
            (400, None),
        ] {
            let client = Client::new(
                Arc::new(Answers(status)),
                Arc::new(StaticToken::new("t")),
                Endpoints::google(),
                Arc::new(SystemClock),
            );
            let client = client.with_retry(RetryPolicy::none());
            let settings = project_settings(&Deployment::local());
            let found = check_topics(&client, settings).await;
            let Some(accessible) = accessible else {
                assert!(found.is_err(), "{status}");
                continue;
            };
            let settings = found.expect("an answer");
            let closed = if accessible { 0 } else { 2 };
            assert_eq!(settings.closed_topics.len(), closed, "{status}");
            // Without access to the project there is no sink either.
            let setup = Setup::new(client, &spec, &settings);
            let instructions = instructions(&setup, &spec, &settings).await;
            if status == 403 {
                assert!(instructions.is_err());
                continue;
            }
            let instructions = instructions.expect("an answer");
            assert_eq!(instructions.is_empty(), accessible, "{status}");
            let account = "groundcrew-instances@customer-project.iam.gserviceaccount.com";
            assert!(instructions.iter().all(|text| text.contains(account)));
        }
    }
}
