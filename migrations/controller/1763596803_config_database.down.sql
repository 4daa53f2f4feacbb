drop table deployment_route;
drop table domain;
drop table app;
drop table config;
drop table plan;
