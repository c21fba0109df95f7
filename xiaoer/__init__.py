"""The domain of Xiaoer: accounts, commerce, knowledge and service, free of Rasa and of HTTP servers."""
