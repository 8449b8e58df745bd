CREATE TABLE "installations" (
	"project_id" text NOT NULL,
	"source" text NOT NULL,
	"installation_id" text NOT NULL,
	"organization" text,
	"first_told_at" timestamp with time zone NOT NULL,
	"uninstalled_at" timestamp with time zone,
	CONSTRAINT "installations_project_id_source_installation_id_pk" PRIMARY KEY("project_id","source","installation_id")
);
