//! Whether the caller may let machines publish their reports, which takes
//! control over the policy of a topic in groundcrew's own project.

use account::{Settings, Spec, instances_account};
use anyhow::{Result, anyhow};
use gcp::Client;

/// If the caller can read the policy of the reports topic: the settings as they
/// are. Otherwise the settings without the topic, and instructions for its owner.
pub(super) async fn check_reports_topic(
    client: &Client,
    spec: &Spec,
    settings: Settings,
) -> Result<(Settings, Option<String>)> {
    let Some(topic) = settings.reports.clone() else {
        return Ok((settings, None));
    };
    match client.policy(&topic).await {
        Ok(_) => Ok((settings, None)),
        Err(error) if error.lacks_permission() || error.is_not_found() => {
            let account = instances_account(&spec.project);
            let instructions = format!(
                "machines publish reports to {topic}, whose policy you cannot access; ask its owner to run\n  \
                 gcloud pubsub topics add-iam-policy-binding {topic} \
                 --member=serviceAccount:{account} --role=roles/pubsub.publisher"
            );
            let settings = Settings {
                reports: None,
                ..settings
            };
            Ok((settings, Some(instructions)))
        }
        Err(error) => Err(anyhow!(error)),
    }
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
            let found = check_reports_topic(&client, &spec, settings).await;
            let Some(accessible) = accessible else {
                assert!(found.is_err(), "{status}");
                continue;
            };
            let (settings, instructions) = found.expect("an answer");
            assert_eq!(settings.reports.is_some(), accessible, "{status}");
            assert_eq!(instructions.is_none(), accessible, "{status}");
            let account = "groundcrew-instances@customer-project.iam.gserviceaccount.com";
            assert!(instructions.is_none_or(|text| text.contains(account)));
        }
    }
}
