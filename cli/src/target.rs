//! The cloud that a command talks to: the local one, or Google Cloud if
//! `--google` is given.

use crate::{args::TargetArgs, call_counter::CallCounter, local::Registration, out};
use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use deployment::Deployment;
use gcp::{
    Backoff, Class, Classify, Client, Endpoints, Message, Publisher, ReqwestTransport,
    RestPublisher, TokenProvider,
    credentials::StaticToken,
    poll::{self, Failure},
};
use gcp_auth::Token;
use jobs::Job;
use ledger::{Entry, Ledger};
use names::{Duration, Internet, JobId, ProjectId, Timestamp, TopicName};
use runtime::SystemClock;
use std::{fmt, path::PathBuf, sync::Arc};

/// Where requests are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Backend {
    Local { url: String, token_file: PathBuf },
    Google { home: ProjectId, jobs: ProjectId },
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { url, .. } => write!(f, "local cloud at {url}"),
            Self::Google { home, .. } => write!(f, "Google Cloud, project {home}"),
        }
    }
}

/// A deployment of groundcrew and the operator's access to it.
pub(crate) struct Target {
    /// The names of the deployment's resources.
    pub(crate) deployment: Deployment,
    /// A client with the operator's credentials.
    pub(crate) client: Client,
    /// The number of calls that the client has sent.
    pub(crate) calls: CallCounter,
    backend: Backend,
}

impl Target {
    /// Google Cloud if `args` name a project, else the running local cloud.
    pub(crate) async fn find(args: &TargetArgs) -> Result<Self> {
        let local = match &args.google {
            Some(_) => None,
            None => Registration::find()?,
        };
        match select(args, local)? {
            backend @ Backend::Google { .. } => {
                let tokens = gcp::credentials::adc().await.context(
                    "no credentials for Google Cloud: run `gcloud auth application-default login`",
                )?;
                Self::new(backend, tokens)
            }
            Backend::Local { url, token_file } => {
                let tokens = Arc::new(TokenFile(token_file.clone()));
                Self::new(Backend::Local { url, token_file }, tokens)
            }
        }
    }

    /// The local cloud at `url`, with an access token of its operator.
    pub(crate) fn local(url: &str, token: &str) -> Result<Self> {
        let backend = Backend::Local {
            url: url.to_owned(),
            token_file: PathBuf::new(),
        };
        Self::new(backend, Arc::new(StaticToken::new(token)))
    }

    fn new(backend: Backend, tokens: Arc<dyn TokenProvider>) -> Result<Self> {
        let (deployment, endpoints) = match &backend {
            Backend::Local { url, .. } => (Deployment::local(), Endpoints::local(url)),
            Backend::Google { home, jobs } => {
                // Only the functions choose zones.
                let deployment = Deployment::named("default", home.as_str(), jobs.as_str(), &[])?;
                (deployment, Endpoints::google())
            }
        };
        let calls = CallCounter::default();
        let transport = Arc::new(calls.wrap(ReqwestTransport::new()?));
        let clock = Arc::new(SystemClock);
        Ok(Self {
            deployment,
            client: Client::new(transport, tokens, endpoints, clock),
            calls,
            backend,
        })
    }

    /// Tells the user which cloud a command is going to change.
    pub(crate) fn announce(&self) {
        out::note!("{}", self.backend);
    }

    /// The cloud, for messages.
    pub(crate) fn description(&self) -> String {
        self.backend.to_string()
    }

    /// How a job's command reaches the internet, where that differs from here:
    /// according to the ledger's record of the project.
    pub(crate) async fn network_note(&self) -> Result<Option<&'static str>> {
        match self.backend {
            Backend::Local { .. } => Ok(None),
            Backend::Google { .. } => {
                let project = &self.deployment.settings.project;
                let entry = self.ledger().get::<account::Deployment>(project).await?;
                let spec = entry.and_then(|entry| entry.record.spec);
                let internet = spec.map(|spec| spec.internet).unwrap_or_default();
                Ok(Some(network_note(internet)))
            }
        }
    }

    /// The current time.
    pub(crate) fn now(&self) -> Timestamp {
        self.client.clock().now()
    }

    /// How long to wait between two polls.
    pub(crate) fn poll_interval(&self) -> Duration {
        match self.backend {
            Backend::Local { .. } => Duration::from_millis(200),
            Backend::Google { .. } => Duration::from_secs(2),
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
        self.publisher().publish(topic, message).await?;
        Ok(())
    }

    /// What publishes with the operator's credentials.
    pub(crate) fn publisher(&self) -> Box<dyn Publisher> {
        Box::new(RestPublisher::new(self.client.clone()))
    }

    /// Repeats `call` for minutes if it fails for a reason that may go away: who
    /// waits for hours should not have to begin again.
    pub(crate) async fn keep_asking<T, F>(&self, call: impl FnMut() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let patience = match self.backend {
            Backend::Local { .. } => Duration::from_secs(30),
            Backend::Google { .. } => Duration::from_secs(600),
        };
        let backoff = Backoff::exponential(self.poll_interval(), Duration::from_secs(30));
        let is_retried = |failure: Failure<&anyhow::Error>| {
            let is_retried = may_go_away(failure.error) && failure.elapsed < patience;
            if is_retried {
                out::note!("trying again: {:#}", failure.error);
            }
            is_retried
        };
        poll::retry(&**self.client.clock(), backoff, is_retried, call).await
    }

    /// The job `id`. Waits a few seconds for one that was just submitted.
    pub(crate) async fn job(&self, id: &JobId) -> Result<Entry<Job>> {
        const TIMEOUT: Duration = Duration::from_secs(5);
        let (ledger, started) = (self.ledger(), self.now());
        loop {
            if let Some(entry) = ledger.get::<Job>(id).await? {
                return Ok(entry);
            }
            if self.now().since(started) > TIMEOUT {
                bail!("job {id} not found: list jobs with `groundcrew job list`");
            }
            tokio::time::sleep(self.poll_interval()).await;
        }
    }
}

fn may_go_away(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let class = match cause.downcast_ref::<ledger::Error>() {
            Some(error) => Some(error.class()),
            None => cause.downcast_ref::<gcp::Error>().map(Classify::class),
        };
        class == Some(Class::Transient)
    })
}

fn select(args: &TargetArgs, local: Option<Registration>) -> Result<Backend> {
    match (&args.google, local) {
        (Some(home), _) => Ok(Backend::Google {
            home: home.clone(),
            jobs: args.jobs_project.as_ref().unwrap_or(home).clone(),
        }),
        (None, Some(local)) => Ok(Backend::Local {
            url: local.url,
            token_file: local.token_file,
        }),
        (None, None) => bail!(
            "no local cloud is running: start one with `groundcrew local --detach` (or name a project with --google)"
        ),
    }
}

/// Reads the operator's token from a file that the local cloud renews.
struct TokenFile(PathBuf);

#[async_trait]
impl TokenProvider for TokenFile {
    async fn token(&self, scopes: &[&str]) -> Result<Arc<Token>, gcp_auth::Error> {
        let text = tokio::fs::read_to_string(&self.0).await;
        let text = text.map_err(|e| gcp_auth::Error::Io("reading the operator's token", e))?;
        StaticToken::new(text.trim()).token(scopes).await
    }

    async fn project_id(&self) -> Result<Arc<str>, gcp_auth::Error> {
        Err(gcp_auth::Error::Str("the operator's token has no project"))
    }
}

fn network_note(internet: Internet) -> &'static str {
    match internet {
        Internet::None => {
            "machines have no external address: the command reaches Google's APIs only \
             (no git, pip, apt), unless the project's network has a Cloud NAT; \
             `internet` in the project's spec provides one"
        }
        Internet::Nat => {
            "the command reaches the internet through the network's Cloud NAT, which is \
             billed per hour and per GB"
        }
        Internet::Address => {
            "the project permits external addresses, which are billed per hour: the machine \
             has one, and reaches the internet, if GROUNDCREW_INTERNET of job-queued says so"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn running() -> Option<Registration> {
        Some(Registration {
            pid: 1,
            url: "http://127.0.0.1:8085".to_owned(),
            home: "groundcrew-local".parse().expect("valid"),
            operator: "operator@groundcrew.local".to_owned(),
            token_file: "/run/token".into(),
        })
    }

    fn selected(google: &[&str], local: Option<Registration>) -> String {
        let project = |n: usize| google.get(n).map(|p| p.parse().expect("valid"));
        let args = TargetArgs {
            google: project(0),
            jobs_project: project(1),
        };
        match select(&args, local) {
            Ok(backend @ Backend::Local { .. }) => backend.to_string(),
            Ok(backend @ Backend::Google { .. }) => {
                let target =
                    Target::new(backend.clone(), Arc::new(StaticToken::new("t"))).expect("valid");
                format!("{backend}, {}", target.deployment.settings.bucket)
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_job_on_google_cloud_is_told_how_it_reaches_the_internet() {
        for (internet, says) in [
            (Internet::None, "Google's APIs only"),
            (Internet::Nat, "the network's Cloud NAT"),
            (Internet::Address, "permits external addresses"),
        ] {
            let note = network_note(internet);
            assert!(note.contains(says), "{note}");
        }
    }

    #[test]
    fn google_cloud_is_used_only_with_the_google_option() {
        assert_eq!(
            selected(&[], running()),
            "local cloud at http://127.0.0.1:8085"
        );
        let own = "Google Cloud, project my-project, my-project-groundcrew";
        assert_eq!(selected(&["my-project"], None), own);
        assert_eq!(selected(&["my-project"], running()), own);
        assert_eq!(
            selected(&["my-project", "our-jobs"], None),
            "Google Cloud, project my-project, our-jobs-groundcrew"
        );
        assert!(selected(&[], None).starts_with("no local cloud is running: start one with"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_fault_that_may_go_away_is_waited_out() {
        // Nothing listens there.
        let target = Target::local("http://127.0.0.1:9", "t").expect("valid");
        let id = "train".parse().expect("valid");
        let asked = Cell::new(0);
        let answer = target.keep_asking(|| async {
            asked.set(asked.get() + 1);
            if asked.get() < 3 {
                target.ledger().get::<Job>(&id).await?;
            }
            Ok("an answer")
        });
        assert_eq!(answer.await.expect("the third time"), "an answer");
        assert_eq!(asked.get(), 3);
        let refusal = target.keep_asking(|| async {
            asked.set(asked.get() + 1);
            bail!("job train not found")
        });
        let refusal: Result<()> = refusal.await;
        assert!(refusal.is_err() && asked.get() == 4);
    }

    #[tokio::test]
    async fn the_token_file_is_read_for_each_token() {
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
