# Shapes that cost money.
terraform {
  required_version = ">= 1.9"
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

resource "aws_instance" "web" {
  ami           = data.aws_ami.debian.id
  instance_type = var.region == "eu-west-1" ? "t3.micro" : "t3.small"

  dynamic "ebs_block_device" {
    for_each = local.volumes
    content {
      device_name = ebs_block_device.value
    }
  }
}

data "aws_ami" "debian" {
  most_recent = true
}

locals {
  volumes = toset(["a", "b"])
}

output "address" {
  value = <<-EOT
    http://${aws_instance.web.public_ip}/
  EOT
}
