//! Which cloud a command talks to: the local one if it runs, Google's only
//! when asked for.

use crate::{args::TargetArgs, counted::Calls, deployment::Deployment, local::Registration};
use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use gcp::{
    Backoff, Client, Endpoints, Message, Publisher, PubsubPublisher, ReqwestTransport,
    TokenProvider, credentials::StaticToken, poll,
};
use gcp_auth::Token;
use jobs::Job;
use ledger::{Entry, Ledger};
use names::{Duration, JobId, ProjectId, Timestamp, TopicName};
use runtime::SystemClock;
use std::{fmt, path::PathBuf, sync::Arc};

/// The cloud that a command talks to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Local { url: String, token_file: PathBuf },
    Google { home: ProjectId, jobs: ProjectId },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { url, .. } => write!(f, "local cloud at {url}"),
            Self::Google { home, .. } => write!(f, "Google Cloud, project {home}"),
        }
    }
}

/// A deployment of groundcrew, as its operator.
pub(crate) struct Target {
    /// Its names.
    pub(crate) deployment: Deployment,
    /// The operator's client.
    pub(crate) client: Client,
    /// How many calls the client sent.
    pub(crate) calls: Calls,
    tokens: Arc<dyn TokenProvider>,
    place: Place,
}

impl Target {
    /// The cloud that `args` name, else the local one that runs.
    pub(crate) async fn find(args: &TargetArgs) -> Result<Self> {
        let local = match &args.google {
            Some(_) => None,
            None => Registration::find()?,
        };
        match choose(args, local)? {
            place @ Place::Google { .. } => {
                let tokens = gcp::credentials::adc().await.context(
                    "no credentials for Google Cloud: run `gcloud auth application-default login`",
                )?;
                Self::new(place, tokens)
            }
            Place::Local { url, token_file } => {
                let tokens = Arc::new(TokenFile(token_file.clone()));
                Self::new(Place::Local { url, token_file }, tokens)
            }
        }
    }

    /// The local cloud at `url`, with a token of its operator.
    pub(crate) fn local(url: &str, token: &str) -> Result<Self> {
        let place = Place::Local {
            url: url.to_owned(),
            token_file: PathBuf::new(),
        };
        Self::new(place, Arc::new(StaticToken::new(token)))
    }

    fn new(place: Place, tokens: Arc<dyn TokenProvider>) -> Result<Self> {
        let (deployment, endpoints) = match &place {
            Place::Local { url, .. } => (Deployment::local(), Endpoints::local(url)),
            Place::Google { home, jobs } => {
                // Zones are the functions' to choose.
                let deployment = Deployment::named("default", home.as_str(), jobs.as_str(), &[])?;
                (deployment, Endpoints::google())
            }
        };
        let calls = Calls::default();
        let transport = Arc::new(calls.of(ReqwestTransport::new()?));
        let clock = Arc::new(SystemClock);
        Ok(Self {
            deployment,
            client: Client::new(transport, Arc::clone(&tokens), endpoints, clock),
            calls,
            tokens,
            place,
        })
    }

    /// Says which cloud is about to be changed.
    pub(crate) fn announce(&self) {
        eprintln!("{}", self.place);
    }

    /// Which cloud it is, for people to read.
    pub(crate) fn place(&self) -> String {
        self.place.to_string()
    }

    /// The present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.client.clock().now()
    }

    /// How long to wait before looking again.
    pub(crate) fn pause(&self) -> Duration {
        match self.place {
            Place::Local { .. } => Duration::from_millis(200),
            Place::Google { .. } => Duration::from_secs(2),
        }
    }

    /// The ledger of jobs.
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger::new(
            self.client.clone(),
            self.deployment.settings.database.clone(),
        )
    }

    /// Publishes a message.
    pub(crate) async fn publish(&self, topic: &TopicName, message: Message) -> Result<()> {
        let endpoint = match &self.place {
            Place::Local { url, .. } => Some(url.as_str()),
            Place::Google { .. } => None,
        };
        let publisher = PubsubPublisher::new(Arc::clone(&self.tokens), endpoint);
        publisher.publish(topic, message).await?;
        Ok(())
    }

    /// The job `id`. It may take a moment until a submitted job is in the ledger.
    pub(crate) async fn job(&self, id: &JobId) -> Result<Entry<Job>> {
        let (ledger, clock) = (self.ledger(), self.client.clock());
        let deadline = clock.now() + Duration::from_secs(5);
        let backoff = Backoff::constant(self.pause());
        let read = || ledger.get::<Job>(id.as_str());
        let found = poll::until(&**clock, backoff, deadline, Option::is_some, read).await?;
        found.with_context(|| {
            format!("there is no job {id}: `groundcrew job list` shows those that are")
        })
    }
}

fn choose(args: &TargetArgs, local: Option<Registration>) -> Result<Place> {
    match (&args.google, local) {
        (Some(home), _) => Ok(Place::Google {
            home: home.clone(),
            jobs: args.jobs_project.as_ref().unwrap_or(home).clone(),
        }),
        (None, Some(local)) => Ok(Place::Local {
            url: local.url,
            token_file: local.token_file,
        }),
        (None, None) => bail!(
            "no local cloud runs: start one with `groundcrew local --detach` (or name a project with --google)"
        ),
    }
}

/// The operator's token in a file, which the local cloud keeps fresh.
struct TokenFile(PathBuf);

#[async_trait]
impl TokenProvider for TokenFile {
    async fn token(&self, scopes: &[&str]) -> Result<Arc<Token>, gcp_auth::Error> {
        let text = tokio::fs::read_to_string(&self.0).await;
        let text = text.map_err(|e| gcp_auth::Error::Io("reading the operator's token", e))?;
        StaticToken::new(text.trim()).token(scopes).await
    }

    async fn project_id(&self) -> Result<Arc<str>, gcp_auth::Error> {
        Err(gcp_auth::Error::Str(
            "the operator's token names no project",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Option<Registration> {
        Some(Registration {
            pid: 1,
            url: "http://127.0.0.1:8085".to_owned(),
            home: "groundcrew-local".parse().expect("valid"),
            operator: "operator@groundcrew.local".to_owned(),
            token_file: "/run/token".into(),
        })
    }

    fn chosen(google: &[&str], local: Option<Registration>) -> String {
        let project = |n: usize| google.get(n).map(|p| p.parse().expect("valid"));
        let args = TargetArgs {
            google: project(0),
            jobs_project: project(1),
        };
        match choose(&args, local) {
            Ok(place @ Place::Local { .. }) => place.to_string(),
            Ok(place @ Place::Google { .. }) => {
                let target =
                    Target::new(place.clone(), Arc::new(StaticToken::new("t"))).expect("valid");
                format!("{place}, {}", target.deployment.settings.bucket)
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn google_is_used_only_when_asked_for() {
        assert_eq!(
            chosen(&[], running()),
            "local cloud at http://127.0.0.1:8085"
        );
        let own = "Google Cloud, project my-project, my-project-groundcrew";
        assert_eq!(chosen(&["my-project"], None), own);
        assert_eq!(chosen(&["my-project"], running()), own);
        assert_eq!(
            chosen(&["my-project", "our-jobs"], None),
            "Google Cloud, project my-project, our-jobs-groundcrew"
        );
        assert!(chosen(&[], None).starts_with("no local cloud runs: start one with"));
    }

    #[tokio::test]
    async fn a_token_is_read_anew_each_time() {
        let file = std::env::temp_dir().join(format!("groundcrew-token-{}", std::process::id()));
        let tokens = TokenFile(file.clone());
        for text in ["one", "two\n"] {
            std::fs::write(&file, text).expect("writable");
            let token = tokens.token(&[]).await.expect("a token");
            assert_eq!(token.as_str(), text.trim());
        }
        std::fs::remove_file(&file).expect("there");
        assert!(tokens.token(&[]).await.is_err());
    }
}
