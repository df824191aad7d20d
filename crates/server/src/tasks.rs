//! Tasks that the shutdown waits for; one that dies stops the process.

use tokio::task::JoinSet;

type TaskResult = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The long-lived tasks of `serve`.
#[derive(Debug, Default)]
pub(crate) struct TaskSet(JoinSet<(&'static str, TaskResult)>);

#[derive(Debug, thiserror::Error)]
#[error("the task {name} ended: {reason}")]
pub(crate) struct TaskDied {
    name: &'static str,
    reason: String,
}

impl TaskSet {
    pub(crate) fn spawn<E>(&mut self, name: &'static str, task: impl Future<Output = Result<(), E>> + Send + 'static)
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        self.0.spawn(async move { (name, task.await.map_err(Into::into)) });
    }

    /// Waits for the first task that fails; tasks that end well before the stop have nothing more to do.
    pub(crate) async fn first_failure(&mut self) -> TaskDied {
        loop {
            match self.0.join_next().await {
                Some(Ok((_, Ok(())))) => {}
                Some(Ok((name, Err(error)))) => {
                    return TaskDied {
                        name,
                        reason: error.to_string(),
                    };
                }
                Some(Err(error)) => {
                    return TaskDied {
                        name: "unknown",
                        reason: error.to_string(),
                    };
                }
                None => std::future::pending().await,
            }
        }
    }

    /// Waits for all of them, and says which one did not end well.
    pub(crate) async fn finish(mut self) -> Result<(), TaskDied> {
        while let Some(ended) = self.0.join_next().await {
            match ended {
                Ok((_, Ok(()))) => {}
                Ok((name, Err(error))) => {
                    return Err(TaskDied {
                        name,
                        reason: error.to_string(),
                    });
                }
                Err(error) => {
                    return Err(TaskDied {
                        name: "unknown",
                        reason: error.to_string(),
                    });
                }
            }
        }
        Ok(())
    }
}
