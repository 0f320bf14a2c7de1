CREATE TABLE `operation_artifact_parts` (
	`operation` text NOT NULL,
	`name` text NOT NULL,
	`n` integer NOT NULL,
	`content` blob NOT NULL,
	PRIMARY KEY(`operation`, `name`, `n`),
	FOREIGN KEY (`operation`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `operation_artifacts` (
	`operation` text NOT NULL,
	`name` text NOT NULL,
	`media_type` text NOT NULL,
	`sha256` text,
	`bytes` integer DEFAULT 0 NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`operation`, `name`),
	FOREIGN KEY (`operation`) REFERENCES `operations`(`id`) ON UPDATE no action ON DELETE cascade
);
