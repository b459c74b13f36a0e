//! Whether the caller can let machines report, which takes the say over a
//! topic of groundcrew's own project.

use account::{Settings, Spec, instances_account};
use anyhow::{Result, anyhow};
use gcp::{Client, policy};

/// The settings without the reports topic, and what its owner has to run, if
/// its policy is not the caller's to see; else the settings as they are.
pub(super) async fn of_ours(
    client: &Client,
    spec: &Spec,
    settings: Settings,
) -> Result<(Settings, Option<String>)> {
    let Some(topic) = settings.reports.clone() else {
        return Ok((settings, None));
    };
    match policy::get(client, &topic).await {
        Ok(_) => Ok((settings, None)),
        Err(error) if error.is_denied() || error.is_not_found() => {
            let account = instances_account(&spec.project);
            let owed = format!(
                "machines report on {topic}, which is not yours to see: its owner lets them with\n  \
                 gcloud pubsub topics add-iam-policy-binding {topic} \
                 --member=serviceAccount:{account} --role=roles/pubsub.publisher"
            );
            let settings = Settings {
                reports: None,
                ..settings
            };
            Ok((settings, Some(owed)))
        }
        Err(error) => Err(anyhow!(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::{Deployment, project};
    use bytes::Bytes;
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
    async fn a_topic_that_is_not_the_callers_is_left_to_its_owner() {
        let spec = Spec::of("customer-project".parse().expect("valid"));
        for (status, ours) in [
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
            let settings = project::settings(&Deployment::local());
            let found = of_ours(&client, &spec, settings).await;
            let Some(ours) = ours else {
                assert!(found.is_err(), "{status}");
                continue;
            };
            let (settings, owed) = found.expect("an answer");
            assert_eq!(settings.reports.is_some(), ours, "{status}");
            assert_eq!(owed.is_none(), ours, "{status}");
            let account = "groundcrew-instances@customer-project.iam.gserviceaccount.com";
            assert!(owed.is_none_or(|owed| owed.contains(account)));
        }
    }
}
