namespace FastAdam.Tests.Readme;
